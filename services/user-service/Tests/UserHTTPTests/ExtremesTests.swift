import HTTPKit
import HTTPTypes
import HummingbirdTesting
import PlatformTesting
import Testing
import UserHTTP

@Suite struct ExtremesTests {
    @Test func `no value from outside is too much`() async throws {
        let report = try await TestService(signUps: 1_000_000, signIns: 1_000_000, perAccount: 1_000_000).serve { api in
            // Two devices, so that the list of sessions has a second page.
            let user = try await api.newUser()
            _ = try await api.signIn(email: user.email)
            let walk = ExtremesWalk(
                try OpenAPIDocument(yaml: UserSpecification.bytes),
                samples: [
                    "id": user.user, "If-Match": "*", "email": "{n}@example.com", "password": TestService.password,
                    "current_password": TestService.password, "new_password": TestService.password,
                ])
            return await walk.run(api.client, headers: [.authorization: "Bearer \(user.access)"])
        }
        #expect(report.findings == [])
        #expect(report.requests > 1_000)
    }
}
