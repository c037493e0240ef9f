internal import Foundation
internal import Synchronization

/// A server process that cannot outlive this one.
///
/// Between us and the server stands a small shell that waits on a pipe only we hold open: whether we stop the server
/// or die by `kill -9`, the pipe ends and the shell ends the server.
final class SupervisedServer: Sendable {
    struct StartFailure: Error, CustomStringConvertible {
        let description: String
    }

    /// `$1` is the folder to remove when the tests are over, `$2` a file that exists once the server is ready, the rest
    /// the server's command line. `keep` on the pipe means: stop, but keep the folder; anything else, or its end: stop.
    private static let script = """
        folder=$1 ready=$2; shift 2
        "$@" >"$folder/output.log" 2>&1 </dev/null & server=$!
        trap '' INT TERM HUP
        until [ -e "$ready" ]; do
            kill -0 $server 2>/dev/null || { echo failed; break; }
            sleep 0.01 # between two looks; the file or the server's end is what is waited for
        done
        echo ready 2>/dev/null
        read -r word
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        [ "$word" = keep ] || rm -rf "$folder"
        echo gone 2>/dev/null
        """

    private let process: Process
    private let leash: FileHandle
    private let answers: FileHandle
    private let hasEnded = Mutex(false)

    /// Starts the server and returns when it is ready. Blocks meanwhile.
    init(_ command: [String], folder: String, readyFile: String) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", folder, readyFile] + command
        let input = Pipe()
        let output = Pipe()
        leash = input.fileHandleForWriting
        answers = output.fileHandleForReading
        // No other child may hold the leash.
        _ = fcntl(leash.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let word = String(decoding: answers.availableData, as: UTF8.self)
        guard word.hasPrefix("ready") else {
            let log = (try? String(contentsOfFile: folder + "/output.log", encoding: .utf8)) ?? ""
            end(keepingFolder: false)
            throw StartFailure(description: "\(command.first ?? "server") did not start: \(log.suffix(2000))")
        }
    }

    deinit {
        // Nobody waits here: a deinit may run on a thread that others need.
        release(keepingFolder: false)
    }

    /// Kills the server as `kill -9` does and returns when it is gone. Blocks meanwhile.
    func end(keepingFolder: Bool) {
        guard release(keepingFolder: keepingFolder) else { return }
        // Asked of the shell, not of Foundation, whose `waitUntilExit` turns a run loop until it happens to notice.
        while case let answer = answers.availableData, !answer.isEmpty {
            if String(decoding: answer, as: UTF8.self).contains("gone") { return }
        }
    }

    /// True for the first caller alone.
    @discardableResult private func release(keepingFolder: Bool) -> Bool {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst else { return false }
        // A word and not only the end: another child may have been born with a copy of the pipe.
        try? leash.write(contentsOf: Data(keepingFolder ? "keep\n".utf8 : "drop\n".utf8))
        try? leash.close()
        return true
    }
}
