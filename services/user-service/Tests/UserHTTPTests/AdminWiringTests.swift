import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain

@testable import UserServer
@testable import UserStorage

extension UserWiringTests {
    @Test func `an admin's work, from the appointment to the trail of it`() async throws {
        let wiring = try await wiring(TestPostgres.database())
        try await serve(wiring) { api in
            let user = try await api.newUser()
            let appoint = AppointAdmin(
                users: wiring.adapters.store, hasher: wiring.adapters.hasher, ids: SystemIDSource(),
                clock: SystemWallClock())
            let root = try await appoint(
                email: "root@example.com", password: TestService.password, displayName: "管理人")
            let admin = try await api.signIn(email: "root@example.com")
            let found = try await api.send(.get, "/v1/admin/users?query=%E8%8A%B1", token: admin.access)
            #expect(found.ids == [user.user])
            let path = "/v1/admin/users/\(user.user)"
            let tag = try #require(try await api.send(.get, path, token: admin.access).headers[.eTag])
            let banned = try await api.send(
                .put, path + "/ban", #"{"reason":"広告"}"#, token: admin.access, headers: [.ifMatch: tag])
            #expect(banned.status == .ok && banned.headers[.eTag] != tag)
            let late = try await api.send(
                .put, path + "/roles", #"{"roles":["user"]}"#, token: admin.access, headers: [.ifMatch: tag])
            #expect(late.status == .preconditionFailed)
            let credentials = #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#
            #expect(try await api.send(.post, "/v1/sessions", credentials).code == "user.banned")
            let erased = try await api.send(
                .delete, "/v1/me", #"{"password":"\#(TestService.password)"}"#, token: admin.access)
            #expect(erased.code == "user.last-admin")
            let trail = try await api.send(.get, "/v1/admin/audit-events", token: admin.access)
            let lines = trail.json["items"] as? [[String: Any]] ?? []
            #expect(lines.map { $0["action"] as? String } == ["banned", "roles_changed", "signed_up", "signed_up"])
            #expect(
                lines.map { $0["subject_id"] as? String } == [
                    user.user, root.id.description, root.id.description, user.user,
                ])
            #expect(lines.map { $0["actor_id"] as? String } == [admin.user, nil, nil, user.user])
            #expect(try await AuditVerifier(database: wiring.database).verify().seq == 4)
        }
    }
}
