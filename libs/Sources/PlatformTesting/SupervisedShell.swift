import Foundation
internal import Glibc
internal import Synchronization

/// A shell that looks after a server for as long as this process lives, and is talked to by lines.
///
/// For servers that need more than a start and an end (`SupervisedServer`): the script takes commands. It notices our end, however that comes, by the end of its standard input.
final class SupervisedShell: Sendable {
    private struct State {
        var lines: [String] = []
        var rest = Data()
        var isOver = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let input: FileHandle
    private let output: FileHandle
    private let state = Mutex(State())

    /// Starts `/bin/sh` with `script`, whose `$1`, `$2`, ... are `arguments`.
    static func supervise(script: String, arguments: [String]) throws -> SupervisedShell {
        let (input, output) = (try Ends(), try Ends())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "supervisor"] + arguments
        process.standardInput = input.reading
        process.standardOutput = output.writing
        process.standardError = FileHandle.nullDevice
        try process.run()
        return SupervisedShell(input: input.writing, output: output.reading)
    }

    /// A pipe (as a pair of sockets) no other child inherits, not even one started at this very moment: it would keep our end open after us,
    /// which `Pipe` cannot rule out.
    private struct Ends {
        let reading: FileHandle
        let writing: FileHandle

        init() throws {
            var ends: [Int32] = [-1, -1]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
                throw SupervisedShellError(message: "no socket pair")
            }
            reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
            writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
        }
    }

    private init(input: FileHandle, output: FileHandle) {
        self.input = input
        self.output = output
        output.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.receive(data)
        }
    }

    deinit {
        output.readabilityHandler = nil
        try? input.close()
    }

    func tell(_ line: String) throws {
        try input.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Waits for the next line, which must be `expected`.
    func answer(_ expected: String) async throws {
        while true {
            let (line, isOver) = state.withLock { state in
                (state.lines.isEmpty ? nil : state.lines.removeFirst(), state.isOver)
            }
            if line == expected { return }
            if let line { throw SupervisedShellError(message: line) }
            if isOver { throw SupervisedShellError(message: "the supervisor ended") }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.lines.isEmpty || state.isOver { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }

    private func receive(_ data: Data) {
        let waiter = state.withLock { state in
            state.isOver = data.isEmpty
            state.rest.append(data)
            while let end = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
                state.lines.append(String(decoding: state.rest[state.rest.startIndex..<end], as: UTF8.self))
                state.rest = Data(state.rest[(end + 1)...])
            }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}

/// Why a throw-away server did not do what it was told.
struct SupervisedShellError: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
