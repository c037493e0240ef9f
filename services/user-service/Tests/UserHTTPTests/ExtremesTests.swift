import DomainKit
import HTTPKit
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserDomain
import UserHTTP
import UserTestKit

@Suite struct ExtremesTests {
    @Test func `no value from outside is too much`() async throws {
        let service = try await TestService(signUps: 1_000_000, signIns: 1_000_000, perAccount: 1_000_000)
        let report = try await service.serve { api in
            // An admin on two devices, so that the list of sessions has a second page, and somebody to rule over.
            let (admin, user) = (try await service.newAdmin(api), try await api.newUser())
            _ = try await api.signIn(email: admin.email)
            try await fillTrail(service, admin, user)
            let walk = ExtremesWalk(
                try OpenAPIDocument(yaml: UserSpecification.bytes),
                samples: [
                    "id": user.user, "If-Match": "*", "email": "{n}@example.com", "password": TestService.password,
                    "current_password": TestService.password, "new_password": TestService.password,
                ])
            return await walk.run(api.client, headers: [.authorization: "Bearer \(admin.access)"])
        }
        #expect(report.findings == [])
        #expect(report.requests > 1_000)
    }

    /// Two lines, so that the audit trail has a second page.
    private func fillTrail(_ service: TestService, _ admin: SignedIn, _ user: SignedIn) async throws {
        let acting = ActingAdmin(
            id: try #require(UserID(admin.user)), session: nil, epoch: .max, requestID: "request-1")
        for (version, roles) in [[Role.creator], [.user]].enumerated() {
            _ = try await service.accounts.make(
                .roles(Set(roles)), on: #require(UserID(user.user)), ifVersion: version + 1, by: acting)
        }
    }
}
