internal import Dispatch
public import Foundation

/// Servers and judges of PyPI that tests start (`scripts/install-tools.sh test`).
public enum TestTools {
    /// What the Python program in `file` writes, who reads `input` to its end before.
    public static func answer(of file: String, to input: Data) async throws -> Data {
        let python = try python(file)[0]
        return try await blocking {
            let (asked, answered, process) = (Pipe(), Pipe(), Process())
            process.executableURL = URL(fileURLWithPath: python)
            process.arguments = [file]
            (process.standardInput, process.standardOutput) = (asked, answered)
            try process.run()
            try asked.fileHandleForWriting.write(contentsOf: input)
            try asked.fileHandleForWriting.close()
            return try answered.fileHandleForReading.readToEnd() ?? Data()
        }
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The beginning of a command line that runs `script`, which lies beside this file.
    static func python(_ script: String) throws -> [String] {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let python = here.appending(path: "../../../../.local/venv-test/bin/python").standardized.path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Missing(description: "no \(python): run scripts/install-tools.sh test")
        }
        return [python, here.appending(path: script).path]
    }

    /// Runs what blocks away from the threads of Swift's tasks.
    static func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
        }
    }
}
