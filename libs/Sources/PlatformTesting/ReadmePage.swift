import Foundation

/// The page of real use in a library's README, which is the example a test target compiles.
public enum ReadmePage {
    /// Whether the README of `library` shows `ReadmeExample.swift`, which lies beside `test`, from its line "... to the
    /// end." on. Fails when one of the two is not there.
    public static func isExample(of library: String, beside test: String = #filePath) throws -> Bool {
        let here = URL(fileURLWithPath: test).deletingLastPathComponent()
        let example = try String(contentsOf: here.appending(path: "ReadmeExample.swift"), encoding: .utf8)
        let readme = try String(
            contentsOf: here.appending(path: "../../Sources/\(library)/README.md"), encoding: .utf8)
        let parts = example.components(separatedBy: "to the end.\n")
        return parts.count == 2 && readme.contains("```swift\n\(parts[1])```\n")
    }
}
