import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import ServiceKit
import Testing

@testable import ChatServer

/// The checks as they are put together for `serve`.
@Suite struct ReadinessTests {
    func wiring(_ environment: [String: String]) throws -> ChatWiring {
        let config = try Settings.load(ChatConfig.self, from: SettingsSource(environment: environment)).configuration
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        return try ChatWiring(config, logger: quiet)
    }

    /// What is away, and how bad that is, once it is known, or will not be, who is banned.
    func told(_ environment: [String: String], hearing: Bool = true) async throws -> [String: ReadinessTable.Verdict] {
        let wiring = try wiring(environment)
        let follower = wiring.follower
        let following = Task { try await follower.run() }
        defer { following.cancel() }
        if hearing { try await until("it is known who is banned") { (try? follower.check()) != nil } }
        var told: [String: ReadinessTable.Verdict] = [:]
        for check in wiring.checks where await check.run() != nil {
            told[check.name] = check.need == .required ? .notReady : .degraded
        }
        return told
    }

    @Test func `what is away is told as the table of operations has it`() async throws {
        let table = try ReadinessTable.verdicts(for: "chat-service")
        let keys = FileManager.default.temporaryDirectory.appending(path: "jwks-\(UUID().uuidString).json")
        try Data(#"{"keys":[]}"#.utf8).write(to: keys)
        defer { try? FileManager.default.removeItem(at: keys) }
        let there = [
            "DATABASE_URL": try await TestPostgres.database(), "REDIS_URL": try await TestRedis.shared().url,
            "JWKS_URL": keys.absoluteString, "SERVICE_CLIENT_SECRET": "any",
        ]
        try await QuietUserService.run { url in
            let whole = there.merging(["IDENTITY_URL": url]) { $1 }
            #expect(try await told(whole) == [:])
            #expect(Set(try wiring(whole).checks.map(\.name)) == Set(table.keys))
            for (name, setting, nowhere) in [
                ("postgres", "DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
                ("redis", "REDIS_URL", "redis://127.0.0.1:1"), ("jwks", "JWKS_URL", "http://127.0.0.1:1/jwks.json"),
                ("identity", "IDENTITY_URL", "http://127.0.0.1:1"),
            ] {
                let told = try await told(whole.merging([setting: nowhere]) { $1 }, hearing: name != "identity")
                #expect(told == table.filter { $0.key == name }, "\(name)")
            }
        }
    }
}
