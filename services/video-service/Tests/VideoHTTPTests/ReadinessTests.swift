import Foundation
import PlatformTesting
import ServiceKit
import Testing
import VideoServer

@Suite("Readiness")
struct ReadinessTests {
    /// What is away, and how bad that is.
    func told(by service: TestVideoService) async -> [String: ReadinessTable.Verdict] {
        var told: [String: ReadinessTable.Verdict] = [:]
        for check in service.wiring.checks where await check.run() != nil {
            told[check.name] = check.need == .required ? .notReady : .degraded
        }
        return told
    }

    @Test func `what is away is told as the table of operations has it`() async throws {
        let table = try ReadinessTable.verdicts(for: "video-service")
        let whole = try await TestVideoService.onDatabase()
        #expect(Set(whole.wiring.checks.map(\.name)) == Set(table.keys))
        #expect(await told(by: whole) == [:])
        #expect(try await told(by: TestVideoService()) == table.filter { $0.key == "postgres" })
        for (name, file) in [("jwks", "jwks.json"), ("object-store", "media")] {
            let service = try TestVideoService(databaseURL: whole.databaseURL)
            try FileManager.default.removeItem(at: service.directory.appending(path: file))
            #expect(await told(by: service) == table.filter { $0.key == name }, "\(name)")
        }
    }
}
