import Foundation
import IdentityEvents
import PlatformTesting
import ServiceKit
import Testing
import VideoServer

@Suite("Readiness")
struct ReadinessTests {
    /// What is away, and how bad that is, once it is known, or will not be, who is banned.
    func told(by service: TestVideoService, hearing: Bool = true) async throws -> [String: ReadinessTable.Verdict] {
        let follower = service.wiring.follower
        let following = Task { try await follower.run() }
        defer { following.cancel() }
        if hearing { try await until("it is known who is banned") { (try? follower.check()) != nil } }
        var told: [String: ReadinessTable.Verdict] = [:]
        for check in service.wiring.checks where await check.run() != nil {
            told[check.name] = check.need == .required ? .notReady : .degraded
        }
        return told
    }

    @Test func `what is away is told as the table of operations has it`() async throws {
        let table = try ReadinessTable.verdicts(for: "video-service")
        let (database, redis) = (try await TestVideoService.onDatabase().databaseURL, try await TestRedis.shared().url)
        try await QuietUserService.run { url in
            let there = ["DATABASE_URL": database, "REDIS_URL": redis, "IDENTITY_URL": url]
            func service(_ changes: [String: String] = [:]) throws -> TestVideoService {
                try TestVideoService(settings: there.merging(changes) { $1 }, revocations: RevocationTable())
            }
            #expect(Set(try service().wiring.checks.map(\.name)) == Set(table.keys))
            #expect(try await told(by: service()) == [:])
            for (name, setting, nowhere) in [
                ("postgres", "DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
                ("redis", "REDIS_URL", "redis://127.0.0.1:1"), ("identity", "IDENTITY_URL", "http://127.0.0.1:1"),
            ] {
                let told = try await told(by: service([setting: nowhere]), hearing: name != "identity")
                #expect(told == table.filter { $0.key == name }, "\(name)")
            }
            for (name, file) in [("jwks", "jwks.json"), ("object-store", "media")] {
                let service = try service()
                try FileManager.default.removeItem(at: service.directory.appending(path: file))
                #expect(try await told(by: service) == table.filter { $0.key == name }, "\(name)")
            }
        }
    }
}
