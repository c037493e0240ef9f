import Foundation
import NIOHTTP1

/// The running platform: where its parts listen, and the script that kills and starts them.
enum Platform {
    /// In the order in which they start: what others need comes first.
    enum Part: String, CaseIterable {
        case postgres, redis, user
        case secondUser = "user-2"
        case video
        case secondVideo = "video-2"
        case videoWork = "video-work"
        case firstChat = "chat-1"
        case secondChat = "chat-2"
        case gateway
    }

    /// Those that `make e2e` starts.
    static let parts = Part.allCases.filter { $0 != .secondUser }

    static let portOffset = Int(ProcessInfo.processInfo.environment["HIROBA_PORT_OFFSET"] ?? "") ?? 0
    static let gatewayPort = 8080 + portOffset
    static let gateway = "http://127.0.0.1:\(gatewayPort)"
    static let chatPorts = [8083 + portOffset, 8084 + portOffset]
    /// The services' public ports, past the gateway.
    static let servicePorts = [8081 + portOffset, 8082 + portOffset] + chatPorts
    static let videoPorts = [8082 + portOffset, 8085 + portOffset]

    /// Kill -9, and no goodbye.
    static func kill(_ part: Part) async throws { try await run("service.sh", "kill", part.rawValue) }

    /// Returns when the part is ready. One that runs with another program, or other settings, is stopped first.
    ///
    /// - Parameters:
    ///   - programs: the folder of another build; nil is the one under test.
    ///   - clockOffset: how far its clock is off, as `+300s`. Such a part is not ready; returns when it runs.
    ///   - settings: those that it has instead of the platform's.
    static func start(
        _ part: Part, with programs: String? = nil, clockOffset: String? = nil, settings: [String: String] = [:]
    ) async throws {
        try await run(
            "service.sh", "start", part.rawValue, with: programs, clockOffset: clockOffset, settings: settings)
    }

    /// Brings all databases forward, as the programs under test want them.
    static func migrate() async throws { try await run("db-migrate.sh") }

    /// Lets the next signing key sign, in every replica within seconds.
    static func rotateKeys() async throws { try await run("service.sh", "run", "user", "keys", "rotate") }

    struct ScriptFailed: Error {
        let arguments: [String]
        let status: Int32
    }

    /// When each service's processes began, by their own word: the same as before when none has ended meanwhile.
    static func processStarts() async throws -> [String] {
        var starts: [String] = []
        for port in Set(servicePorts + videoPorts).sorted() {
            let metrics = try await API(base: "http://127.0.0.1:\(port + 1_000)").call(.GET, "/metrics")
            let lines = String(decoding: metrics.bytes, as: UTF8.self).split(separator: "\n")
            starts += lines.filter { $0.hasPrefix("process_start_time_seconds") }.map { "\(port) \($0)" }
        }
        return starts
    }

    /// Where it keeps its data, secrets and first admin.
    static let state = URL(
        fileURLWithPath: ProcessInfo.processInfo.environment["HIROBA_STATE_DIR"] ?? root.appending(path: ".local").path)

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func run(
        _ script: String, _ arguments: String..., with programs: String? = nil, clockOffset: String? = nil,
        settings: [String: String] = [:]
    ) async throws {
        let process = Process()
        process.executableURL = root.appendingPathComponent("scripts").appendingPathComponent(script)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
        process.environment?.merge(settings) { $1 }
        process.environment?["HIROBA_PROGRAMS"] = programs
        process.environment?["HIROBA_CLOCK_OFFSET"] = clockOffset
        let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { done.resume(throwing: error) }
        }
        guard status == 0 else { throw ScriptFailed(arguments: [script] + arguments, status: status) }
    }
}
