import DomainKit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserTestKit

@Suite struct ErasureRoutesTests {
    static let password = #"{"password":"\#(TestService.password)"}"#

    @Test func `an account is signed out at once, and erased when its time is over`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let other = try await api.newUser()
            let asked = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            let time = RFC3339.string(from: service.clock.now.addingTimeInterval(604_800))
            #expect(try asked.status == .accepted && asked.string("erase_at") == time)
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .unauthorized)
            let refreshed = try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#)
            #expect(refreshed.status == .unauthorized)
            #expect(try await api.send(.get, "/v1/users/\(user.user)", token: other.access).status == .ok)
            service.clock.advance(by: .seconds(604_800))
            #expect(try await service.accounts.eraseDue(most: 9) == 1)
            _ = try await api.newUser(email: user.email)
        }
    }

    @Test func `signing in before then takes it back`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            _ = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            let back = try await api.signIn(email: user.email)
            service.clock.advance(by: .seconds(604_801))
            #expect(try await service.accounts.eraseDue(most: 9) == 0)
            _ = back
            _ = try await api.signIn(email: user.email)
        }
    }

    @Test(
        arguments: [
            (#"{"password":"wr0ng&wrong"}"#, .forbidden, "user.password-wrong"), ("{}", .badRequest, nil),
            (#"{"password":null}"#, .badRequest, nil), (#"{"password":"x","at":1}"#, .badRequest, nil),
            (nil, .unsupportedMediaType, nil),
        ] as [(String?, HTTPResponse.Status, String?)])
    func `without the password nobody is erased`(
        body: String?, status: HTTPResponse.Status, code: String?
    ) async throws {
        try await TestService().serve { api in
            let user = try await api.newUser()
            let answer = try await api.send(.delete, "/v1/me", body, token: user.access)
            #expect(answer.status == status && (code == nil || answer.code == code))
            #expect(try await api.send(.get, "/v1/me", token: user.access).status == .ok)
        }
    }

    @Test func `wrong passwords are limited, and tell nobody more than that`() async throws {
        try await TestService(perAccount: 2).serve { api in
            let user = try await api.newUser()
            for _ in 0..<2 {
                _ = try await api.send(.delete, "/v1/me", #"{"password":"wr0ng&wrong"}"#, token: user.access)
            }
            let answer = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            #expect(answer.status == .tooManyRequests)
        }
    }

    @Test func `whoever is banned has no token to ask with`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let user = try await api.newUser()
            let id = try #require(UserID(user.user))
            service.accounts.setBan(Ban(at: Date(), until: nil, reason: "x", by: nil), of: id)
            let answer = try await api.send(.delete, "/v1/me", Self.password, token: user.access)
            #expect(answer.status == .forbidden && answer.code == "user.banned")
        }
    }

    @Test func `services read who was erased and report, and admins see what was done where`() async throws {
        let service = try await TestService()
        try await service.serve { api in
            let admin = try await service.newAdmin(api)
            let user = try await api.newUser()
            let id = try #require(UserID(user.user))
            _ = try await service.accounts.erase(id, ifVersion: 1)
            let token = try await api.grant().string("access_token")
            let page = try await api.send(.get, "/internal/v1/erasures", token: token)
            let items = try #require(page.json["items"] as? [[String: Any]])
            #expect(items.map { $0["user_id"] as? String } == [user.user])
            let next = try page.string("next")
            let rest = try await api.send(.get, "/internal/v1/erasures?after=\(next)", token: token)
            #expect(try (rest.json["items"] as? [Any])?.isEmpty == true && rest.string("next") == next)
            let path = "/internal/v1/erasures/\(user.user)/report"
            let reported = try await api.send(.put, path, #"{"removed":{"videos":3}}"#, token: token)
            #expect(reported.status == .noContent)
            let listed = try await api.send(
                .get, "/v1/admin/erasures?user_id=\(user.user)&finished=false", token: admin.access)
            let reports = (listed.json["items"] as? [[String: Any]])?.first?["reports"] as? [[String: Any]]
            #expect(reports?.map { $0["service"] as? String }.contains(TestService.service) == true)
            let unknown = try await api.send(
                .put, "/internal/v1/erasures/\(UUID().lowercased)/report", #"{"removed":{}}"#, token: token)
            #expect(unknown.code == "user.erasure-not-found")
            for body in [#"{"removed":{"Videos":1}}"#, #"{"removed":{"videos":-1}}"#, #"{"removed":[]}"#, "{}"] {
                #expect(try await api.send(.put, path, body, token: token).status == .badRequest, "\(body)")
            }
        }
    }
}
