import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import PlatformTesting
import Postgres
import ServiceKit
import Testing
import UserStorage

@testable import UserServer

/// The parts as they are put together for `serve`, on a real database and over real sockets.
@Suite struct UserWiringTests {
    func wiring(_ databaseURL: String) async throws -> UserWiring {
        let wiring = try withoutKeys(databaseURL)
        try await PostgresMigrations.userService().apply(on: wiring.database, logger: wiring.logger)
        try await wiring.keyring.prepare()
        return wiring
    }

    /// As before the first look at the database.
    func withoutKeys(_ databaseURL: String) throws -> UserWiring {
        let config = try Settings.load(
            UserConfig.self,
            from: SettingsSource(environment: [
                "DATABASE_URL": databaseURL, "KEY_ENCRYPTION_KEY": UserConfigTests.key,
                "ARGON2_MEMORY_KIB": "64", "ARGON2_PASSES": "1", "SIGN_UPS_PER_MINUTE": "1000",
            ])
        ).configuration
        return try UserWiring(config, logger: Logger(label: "test"))
    }

    func serve(_ wiring: UserWiring, _ body: @escaping @Sendable (TestUserClient) async throws -> Void) async throws {
        let application = Application(responder: wiring.adapters.routes(wiring.config).edge(), server: .edge())
        try await wiring.database.closing {
            try await application.test(.live) { try await body(TestUserClient(client: $0)) }
        }
    }

    @Test func `a user's whole stay, from signing up to being forgotten`() async throws {
        try await serve(wiring(TestPostgres.database())) { api in
            let user = try await api.newUser()
            let taken = try await api.send(
                .post, "/v1/users",
                #"{"email":"\#(user.email)","password":"\#(TestService.password)","display_name":"b"}"#)
            #expect(taken.code == "user.email-taken")
            let successors = try await withThrowingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await api.send(
                            .post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#
                        ).string("refresh_token")
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(successors.count == 1)
            let renamed = try await api.send(
                .patch, "/v1/me", #"{"display_name":"次郎"}"#, token: user.access, headers: [.ifMatch: #""1""#])
            #expect(renamed.headers[.eTag] == #""2""#)
            let listed = try await api.send(.get, "/v1/sessions", token: user.access)
            #expect((listed.json["items"] as? [[String: Any]])?.first?["current"] as? Bool == true)
            let erased = try await api.send(.delete, "/v1/me", token: user.access, headers: [.ifMatch: #""2""#])
            #expect(erased.status == .noContent)
            let gone = try await api.send(.get, "/v1/me", token: user.access)
            #expect(gone.status == .unauthorized)
        }
    }

    @Test func `without its database the service says so, and comes back by itself`() async throws {
        let server = try await TestPostgres.start(settings: ["synchronous_commit = on"])
        let wiring = try await wiring(server.createDatabase())
        try await serve(wiring) { api in
            let user = try await api.newUser()
            try await server.kill()
            let credentials = #"{"email":"\#(user.email)","password":"\#(TestService.password)"}"#
            for answer in [
                try await api.send(.get, "/v1/me", token: user.access),
                try await api.send(.post, "/v1/sessions", credentials),
                try await api.send(.post, "/v1/sessions/refresh", #"{"refresh_token":"\#(user.refresh)"}"#),
            ] {
                #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] != nil)
            }
            try await server.start()
            var answer = try await api.send(.get, "/v1/me", token: user.access)
            while answer.status == .serviceUnavailable {
                answer = try await api.send(.get, "/v1/me", token: user.access)
            }
            #expect(answer.status == .ok)
        }
    }

    @Test func `what is away is told as the table of operations has it`() async throws {
        let table = try ReadinessTable.verdicts(for: "user-service")
        let server = try await TestPostgres.start()
        let database = try await server.createDatabase()
        let wiring = try await wiring(database)
        #expect(Set(wiring.checks.map(\.name)) == Set(table.keys))
        #expect(await told(by: wiring) == [:])
        #expect(try await told(by: withoutKeys(database)) == table.filter { $0.key == "signing-keys" })
        try await server.kill()
        #expect(await told(by: wiring) == table.filter { $0.key == "postgres" })
    }

    /// What is away, and how bad that is.
    private func told(by wiring: UserWiring) async -> [String: ReadinessTable.Verdict] {
        var told: [String: ReadinessTable.Verdict] = [:]
        for check in wiring.checks where await check.run() != nil {
            told[check.name] = check.need == .required ? .notReady : .degraded
        }
        return told
    }
}
