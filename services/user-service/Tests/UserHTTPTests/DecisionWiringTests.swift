import Foundation
import HTTPTypes
import PlatformTesting
import Postgres
import Testing
import UserDomain

@testable import UserServer
@testable import UserStorage

extension UserWiringTests {
    @Test func `a service asks with a token of its own, and a ban is in the next answer`() async throws {
        let wiring = try await wiring(TestPostgres.database())
        let secret = try #require(ServiceSecret(TestService.serviceSecret))
        try await wiring.declare([
            ServiceClientList.Line(id: ServiceClientID(stored: TestService.service), secret: secret, scopes: [.decide])
        ])
        try await serve(wiring) { api in
            let user = try await api.newUser().user
            let token = try await api.grant().string("access_token")
            func rule() async throws -> String? {
                let question = #"{"subject":"\#(user)","action":"room.create","resource":{"type":"room"}}"#
                let answer = try await api.send(
                    .post, "/v1/authz/decisions", #"{"requests":[\#(question)]}"#, token: token)
                return (answer.json["decisions"] as? [[String: Any]])?.first?["rule"] as? String
            }
            #expect(try await rule() == "room.create.account")
            let id = try #require(UUID(uuidString: user))
            try await wiring.database.execute(
                "UPDATE users SET banned_at = now(), ban_reason = 'spam' WHERE id = \(id)")
            #expect(try await rule() == "account.banned")
        }
    }
}
