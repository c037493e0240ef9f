internal import Dispatch
internal import Foundation

/// Servers of PyPI that tests start (`scripts/install-test-tools.sh`).
enum TestTools {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The beginning of a command line that runs `script`, which lies beside this file.
    static func python(_ script: String) throws -> [String] {
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let python = here.appending(path: "../../../../.local/venv-test/bin/python").standardized.path
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw Missing(description: "no \(python): run scripts/install-test-tools.sh")
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
