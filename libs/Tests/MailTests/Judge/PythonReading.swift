import Foundation
import Mail

/// What Python's `email` package reads in a message: a judge that shares nothing with what wrote it.
struct PythonReading: Decodable {
    let headers: [[String]]
    let people: [String: [[String]]]
    let type: String
    /// Type, character set and text of each part that has no parts.
    let parts: [[String]]
    let defects: [String]

    /// The value of a field that is there once; nil otherwise.
    subscript(name: String) -> String? {
        let values = headers.filter { $0[0].lowercased() == name.lowercased() }
        return values.count == 1 ? values[0][1] : nil
    }

    static func of(_ message: MailMessage) throws -> PythonReading {
        try of([message.bytes()])[0]
    }

    /// Blocks for as long as Python takes.
    static func of(_ messages: [[UInt8]]) throws -> [PythonReading] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "read.py").path
        let (input, output, python) = (Pipe(), Pipe(), Process())
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", script]
        (python.standardInput, python.standardOutput) = (input, output)
        try python.run()
        let asked = try JSONEncoder().encode(messages.map { Data($0).base64EncodedString() })
        // Python reads all before it writes anything.
        try input.fileHandleForWriting.write(contentsOf: asked)
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        return try JSONDecoder().decode([PythonReading].self, from: answer)
    }
}
