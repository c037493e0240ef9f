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
    /// the server's command line. A word on the pipe before its end means: stop, but keep the folder.
    private static let script = """
        folder=$1 ready=$2; shift 2
        "$@" >"$folder/output.log" 2>&1 </dev/null & server=$!
        trap '' INT TERM HUP
        until [ -e "$ready" ]; do
            kill -0 $server 2>/dev/null || { echo failed; break; }
            sleep 0.01
        done
        echo ready 2>/dev/null
        read -r keep
        kill -9 $server 2>/dev/null
        wait $server 2>/dev/null
        [ -n "$keep" ] || rm -rf "$folder"
        """

    private let process: Process
    private let leash: FileHandle
    private let hasEnded = Mutex(false)

    /// Starts the server and returns when it is ready. Blocks meanwhile.
    init(_ command: [String], folder: String, readyFile: String) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "sh", folder, readyFile] + command
        let input = Pipe()
        let output = Pipe()
        leash = input.fileHandleForWriting
        // No other child may hold the leash.
        _ = fcntl(leash.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let word = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard word.hasPrefix("ready") else {
            let log = (try? String(contentsOfFile: folder + "/output.log", encoding: .utf8)) ?? ""
            end(keepingFolder: false)
            throw StartFailure(description: "\(command.first ?? "server") did not start: \(log.suffix(2000))")
        }
    }

    deinit {
        end(keepingFolder: false)
    }

    /// Kills the server as `kill -9` does and returns when it is gone.
    func end(keepingFolder: Bool) {
        let isFirst = hasEnded.withLock { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst else { return }
        if keepingFolder { try? leash.write(contentsOf: Data("keep\n".utf8)) }
        try? leash.close()
        process.waitUntilExit()
    }
}
