import Foundation
import Logging
import PlatformTesting
import ServiceKit
import Testing

@testable import ChatServer

/// The checks as they are put together for `serve`.
@Suite struct ReadinessTests {
    func checks(_ environment: [String: String]) throws -> [HealthCheck] {
        let config = try Settings.load(ChatConfig.self, from: SettingsSource(environment: environment)).configuration
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        return try ChatWiring(config, Boot(service: ChatServer.name, version: "test", logger: quiet)).checks
    }

    /// What is away, and how bad that is.
    func told(_ environment: [String: String]) async throws -> [String: ReadinessTable.Verdict] {
        var told: [String: ReadinessTable.Verdict] = [:]
        for check in try checks(environment) where await check.run() != nil {
            told[check.name] = check.need == .required ? .notReady : .degraded
        }
        return told
    }

    @Test func `what is away is told as the table of operations has it`() async throws {
        let table = try ReadinessTable.verdicts(for: "chat-service")
        let keys = FileManager.default.temporaryDirectory.appending(path: "jwks-\(UUID().uuidString).json")
        try Data(#"{"keys":[]}"#.utf8).write(to: keys)
        defer { try? FileManager.default.removeItem(at: keys) }
        let whole = [
            "DATABASE_URL": try await TestPostgres.database(), "REDIS_URL": try await TestRedis.shared().url,
            "JWKS_URL": keys.absoluteString,
        ]
        #expect(try await told(whole) == [:])
        #expect(Set(try checks(whole).map(\.name)) == Set(table.keys))
        for (name, setting, nowhere) in [
            ("postgres", "DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
            ("redis", "REDIS_URL", "redis://127.0.0.1:1"), ("jwks", "JWKS_URL", "http://127.0.0.1:1/jwks.json"),
        ] {
            let told = try await told(whole.merging([setting: nowhere]) { $1 })
            #expect(told == table.filter { $0.key == name }, "\(name)")
        }
    }
}
