import Foundation
import PlatformTesting
import Testing

@testable import ConfinedProcesses

@Suite("Children are confined")
struct ConfinementTests {
    /// Those that work on this machine; each has to keep what it promises.
    static func working() async -> [Confinement] {
        var found: [Confinement] = []
        for choice in [Confinement.sandbox, .restrictions(launcher), .limits(asRoot: geteuid() == 0)]
        where await choice.works {
            found.append(choice)
        }
        return found
    }

    /// The one of these tests, beside them.
    static let launcher = Launcher(command: [
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "ConfinedLauncher")
            .path(percentEncoded: false)
    ])

    static let limits = ChildLimits(
        memory: 1 << 30, processorSeconds: 10, fileSize: 1 << 20, wallTime: .seconds(20))

    /// A directory of the child's own, and a file beside it.
    private func place() throws -> (directory: URL, secret: URL) {
        let root = URL(filePath: "/var/tmp/confined-\(UUID().uuidString)")
        let directory = root.appending(path: "work")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        // Whoever the child is may write there, and be it by our group.
        try FileManager.default.setAttributes([.posixPermissions: 0o770], ofItemAtPath: directory.path)
        let secret = root.appending(path: "secret")
        try Data("hush".utf8).write(to: secret)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
        return (directory, secret)
    }

    private func shell(
        _ script: String, _ confinement: Confinement, in directory: URL? = nil, readable: [URL] = [],
        limits: ChildLimits = limits, longestOutput: Int = 1 << 20
    ) async throws -> ChildOutcome {
        try await confinement.run(
            ConfinedProgram(
                path: "/usr/bin/bash", arguments: ["-c", script],
                readable: readable.map { $0.path(percentEncoded: false) },
                directory: directory?.path(percentEncoded: false), limits: limits, longestOutput: longestOutput))
    }

    private func text(_ outcome: ChildOutcome) -> String { String(decoding: outcome.output, as: UTF8.self) }

    @Test func `the strongest that works here is found, and told`() async throws {
        let strongest = try await Confinement.strongest(Self.launcher)
        #expect(await Self.working().first == strongest)
        #expect(["sandbox", "restrictions", "limits-user-network", "limits"].contains("\(strongest)"))
    }

    @Test func `a child says what it says, and how it ended`() async throws {
        for confinement in await Self.working() {
            let good = try await shell("echo hello; echo oh >&2; exit 3", confinement)
            #expect(good.end == .exited(3) && text(good) == "hello\n" && good.complaints == "oh\n", "\(confinement)")
            let heard = Heard()
            _ = try await confinement.run(
                ConfinedProgram(path: "/usr/bin/printf", arguments: ["ab"], limits: Self.limits)
            ) { await heard.hear($0) }
            #expect(await heard.bytes == Array("ab".utf8))
        }
    }

    @Test func `what it says is heard and not kept where that is asked for, and bounded all the same`() async throws {
        for confinement in await Self.working() {
            let heard = Heard()
            var program = ConfinedProgram(
                path: "/usr/bin/bash", arguments: ["-c", "head -c 300000 /usr/bin/bash; exit 255"], limits: Self.limits,
                keepsOutput: false)
            let outcome = try await confinement.run(program) { await heard.hear($0) }
            #expect(await heard.bytes.count == 300_000 && outcome.output == [], "\(confinement)")
            #expect(outcome.end == .exited(255), "\(confinement): no signal has that number")
            #expect(outcome.took > .zero)
            program.longestOutput = 100_000
            #expect(try await confinement.run(program).end == .saidTooMuch, "\(confinement)")
        }
    }

    @Test func `it has nothing of our environment, our descriptors and our standard input`() async throws {
        setenv("CONFINED_SECRET", "hush", 1)
        // Without the flag that closes it for a child; the shell has some from 10 on for itself.
        let held = fcntl(open("/etc/hostname", O_RDONLY), F_DUPFD, 99)
        defer { close(held) }
        for confinement in await Self.working() {
            let said = try await shell(
                "echo ${CONFINED_SECRET-none}; read -r line || echo end; for fd in {3..9} {20..250}; do { : <&$fd; } 2>/dev/null && echo open; done; true",
                confinement)
            #expect(text(said) == "none\nend\n", "\(confinement)")
        }
    }

    @Test func `it reads what it is given, writes to its directory, and to nothing else`() async throws {
        for confinement in await Self.working() {
            let (directory, secret) = try place()
            defer { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }
            let film = directory.deletingLastPathComponent().appending(path: "film")
            try Data("film".utf8).write(to: film)
            let said = try await shell(
                """
                cat \(film.path); echo made > made && echo wrote
                { cat \(secret.path) || true; } 2>/dev/null
                { echo x > \(film.path); } 2>/dev/null && echo changed
                { echo x > /usr/x; } 2>/dev/null && echo changed
                { echo x > /x; } 2>/dev/null && echo changed
                true
                """, confinement, in: directory, readable: [film])
            #expect(text(said) == "filmwrote\n", "\(confinement): \(said.complaints)")
            #expect(try String(contentsOf: directory.appending(path: "made"), encoding: .utf8) == "made\n")
        }
    }

    @Test func `in the sandbox, and by restrictions, there is no file but what it is given`() async throws {
        for confinement in [Confinement.sandbox, .restrictions(Self.launcher)] where await confinement.works {
            let said = try await shell("cat /etc/passwd /proc/self/environ /etc/hostname", confinement)
            #expect(said.output.isEmpty && said.end == .exited(1), "\(confinement)")
        }
    }

    @Test func `restrictions work wherever the kernel has Landlock`() async throws {
        guard FileRules.version >= 1 else { return }
        #expect(await Confinement.restrictions(Self.launcher).works)
    }

    @Test func `by restrictions nobody else is looked into, and nobody signalled`() async throws {
        let confinement = Confinement.restrictions(Self.launcher)
        guard await confinement.works else { return }
        let own = ProcessInfo.processInfo.processIdentifier
        let said = try await shell(
            """
            { cat /proc/\(own)/environ || kill -0 \(own) || kill -0 $PPID || unshare --user true; } 2>/dev/null && echo reached
            { python3 -c 'import socket; socket.socket(socket.AF_UNIX)'; } 2>/dev/null && echo socket
            { python3 -c 'import os; os.fork() or os._exit(0); print("forks")'; } 2>/dev/null
            true
            """, confinement)
        #expect(text(said) == "forks\n", "\(said.complaints)")
    }

    @Test func `a launcher that is told nonsense runs nothing`() async throws {
        for arguments in [
            [], ["--"], ["--read"], ["--x", "y", "--", "/usr/bin/true"], ["--read", "/none", "--", "/usr/bin/true"],
        ] {
            let words = Self.launcher.command.dropFirst() + arguments
            let outcome = try await Confinement.limits(asRoot: false).run(
                ConfinedProgram(path: Self.launcher.command[0], arguments: Array(words), limits: Self.limits))
            #expect(outcome.end == .exited(125), "\(arguments): \(outcome)")
        }
    }

    @Test func `it reaches nobody, not even on this machine`() async throws {
        let server = try ListeningSocket()
        for confinement in await Self.working() where confinement != .limits(asRoot: false) {
            let said = try await shell("exec 5<>/dev/tcp/127.0.0.1/\(server.port) && echo reached", confinement)
            #expect(said.output.isEmpty && said.end == .exited(1), "\(confinement)")
        }
    }

    @Test func `the kernel ends it at each limit`() async throws {
        for confinement in await Self.working() {
            let (directory, _) = try place()
            defer { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }
            var limits = Self.limits
            limits.processorSeconds = 1
            let busy = try await shell("while :; do :; done", confinement, limits: limits)
            guard case .killed = busy.end else {
                Issue.record("\(confinement): \(busy.end)")
                continue
            }
            limits = Self.limits
            limits.memory = 200 << 20
            let hungry = try await shell(
                "tail -n 1 /dev/zero", confinement, limits: limits)
            #expect(hungry.output.isEmpty && hungry.end != .exited(0), "\(confinement)")
            let wordy = try await shell("head -c 2000000 /dev/urandom > big; echo $?", confinement, in: directory)
            #expect(text(wordy) != "0\n", "\(confinement)")
            let size = try directory.appending(path: "big").resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
            #expect(size <= 1 << 20, "\(confinement)")
        }
    }

    @Test func `what runs too long is killed with all that it started`() async throws {
        for confinement in await Self.working() {
            let (directory, _) = try place()
            defer { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }
            var limits = Self.limits
            limits.wallTime = .milliseconds(300)
            let outcome = try await shell(
                "(trap '' TERM; while :; do echo x >> beats; sleep 0.02; done) & wait", confinement, in: directory,
                limits: limits)
            #expect(outcome.end == .timedOut, "\(confinement)")
            try await expectQuiet(directory.appending(path: "beats"))
        }
    }

    @Test func `whoever is cancelled leaves nothing behind that runs`() async throws {
        for confinement in await Self.working() {
            let (directory, _) = try place()
            defer { try? FileManager.default.removeItem(at: directory.deletingLastPathComponent()) }
            let beats = directory.appending(path: "beats")
            let running = Task {
                try await shell("while :; do echo x >> beats; sleep 0.02; done", confinement, in: directory)
            }
            try await until("it runs") { FileManager.default.fileExists(atPath: beats.path) }
            running.cancel()
            await #expect(throws: (any Error).self) { try await running.value }
            try await expectQuiet(beats)
        }
    }

    @Test func `who says more than may be said is ended`() async throws {
        for confinement in await Self.working() {
            let outcome = try await shell("yes", confinement, longestOutput: 100_000)
            #expect(outcome.end == .saidTooMuch, "\(confinement)")
            let complaining = try await shell("yes | head -c 10000000 >&2; echo done", confinement)
            #expect(complaining.complaints.utf8.count <= 4_096 && text(complaining) == "done\n")
        }
    }

    /// Nobody writes to it any more.
    private func expectQuiet(_ file: URL) async throws {
        var seen = -1
        try await until("nothing runs any more") {
            let size = (try? Data(contentsOf: file).count) ?? 0
            defer { seen = size }
            try await Task.sleep(for: .milliseconds(100))  // five beats
            return size == seen
        }
    }
}

private actor Heard {
    private(set) var bytes: [UInt8] = []

    func hear(_ more: [UInt8]) { bytes += more }
}

/// Somebody who could be reached on this machine.
private final class ListeningSocket: Sendable {
    let port: Int
    private let descriptor: CInt

    init() throws {
        port = try FreePort.find()
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(descriptor, 8) == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    deinit { close(descriptor) }
}
