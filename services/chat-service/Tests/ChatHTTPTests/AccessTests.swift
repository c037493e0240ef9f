import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import HTTPKit
import Hummingbird
import HummingbirdTesting
import Logging
import PlatformTesting
import ServiceKit
import Testing

@testable import ChatHTTP
@testable import ChatServer

/// Who may call what: as declared, as documented, as it is.
@Suite struct AccessTests {
    @Test func `the published table is what the program prints`() throws {
        let config = try Settings.load(
            ChatConfig.self, from: SettingsSource(environment: ["SERVICE_CLIENT_SECRET": "unused"])
        ).configuration
        let boot = Boot(service: ChatServer.name, version: "test", logger: Logger(label: "test"))
        let wiring = try ChatWiring(config, logger: boot.logger)
        #expect(try wiring.host(boot).table.text == AccessTable.published(of: "chat"))
    }

    @Test func `the document says of every route who may call it`() async throws {
        let replica = try await TestReplica.start(on: InMemoryChat(), tokens: TestTokens())
        #expect(Specification.openAPI.findings(comparedWith: replica.table) == [])
        try await replica.stop()
    }

    @Test func `every caller comes as far as the table says, on every route`() async throws {
        let tokens = TestTokens()
        let replica = try await TestReplica.start(on: InMemoryChat(), tokens: tokens)
        let walk = AccessWalk(replica.table, callers: try callers(tokens))
        let findings = try await Application(responder: replica.responder).test(.router) { try await walk.findings($0) }
        #expect(findings == [])
        try await replica.stop()
    }

    @Test func `the socket's route is declared, and judges by itself`() async throws {
        let replica = try await TestReplica.start(on: InMemoryChat(), tokens: TestTokens())
        let line = replica.table.lines.first { $0.route.path == replica.socketPath }
        #expect(line?.access == .proof(.firstFrame))
        try await replica.stop()
    }

    private func callers(_ tokens: TestTokens) throws -> [AccessWalk.Caller] {
        let user = UserID(UUID())
        func bearer(_ token: String) -> String { "Bearer " + token }
        return [
            .init("nobody", authorization: nil, roles: nil),
            .init("nonsense", authorization: "Bearer x", roles: nil),
            .init("unsigned", authorization: bearer(try tokens.token(user, algorithm: "none")), roles: nil),
            .init("forged", authorization: bearer(try tokens.token(user, algorithm: "HS256")), roles: nil),
            .init("foreign", authorization: bearer(try TestTokens().token(user)), roles: nil),
            .init("expired", authorization: bearer(try tokens.token(user, life: -60, roles: [.admin])), roles: nil),
            .init("no role", authorization: bearer(try tokens.token(user, roles: [])), roles: []),
        ]
            + (try Role.allCases.map {
                .init($0.rawValue, authorization: bearer(try tokens.token(user, roles: [$0])), roles: [$0])
            })
    }
}
