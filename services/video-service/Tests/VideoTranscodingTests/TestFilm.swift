import Foundation

/// Films made by ffmpeg as they are needed: small, and gone with the test.
final class TestFilm: Sendable {
    let directory: URL

    init() throws {
        directory = URL(filePath: "/var/tmp/test-films-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// A film of `words`, what ffmpeg is told between its own options and the name of the file.
    func make(_ name: String = "film.mp4", _ words: String...) throws -> String {
        let file = path(name)
        try Self.ffmpeg(words.flatMap { $0.split(separator: " ").map(String.init) } + [file])
        return file
    }

    func write(_ name: String, _ bytes: Data) throws -> String {
        let file = path(name)
        try bytes.write(to: URL(filePath: file))
        return file
    }

    func path(_ name: String) -> String { directory.appending(path: name).path(percentEncoded: false) }

    /// A moving picture and a tone.
    static func pictures(_ size: String = "160x120", seconds: Double = 2, rate: Int = 25) -> String {
        "-f lavfi -i testsrc=size=\(size):rate=\(rate):duration=\(seconds)"
    }

    static func tone(_ seconds: Double = 2) -> String { "-f lavfi -i sine=frequency=440:duration=\(seconds)" }

    static let coded = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"

    /// The size of a picture.
    static func ffprobe(_ path: String) throws -> (width: Int, height: Int) {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/ffprobe")
        process.arguments = ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", path]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let sides = text.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
        // Of a playlist it is told twice.
        guard sides.count >= 2 else { throw CocoaError(.fileReadCorruptFile) }
        return (sides[0], sides[1])
    }

    /// What ffmpeg complains of, whether or not it goes on.
    static func complaints(_ arguments: [String], level: String = "error") throws -> String {
        try run(arguments, level, isError: true)
    }

    /// What it writes.
    static func output(_ arguments: [String]) throws -> String { try run(arguments, "error", isError: false) }

    private static func run(_ arguments: [String], _ level: String, isError: Bool) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/ffmpeg")
        process.arguments = ["-nostdin", "-nostats", "-hide_banner", "-v", level] + arguments
        if isError { process.standardError = pipe } else { process.standardOutput = pipe }
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    static func ffmpeg(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/ffmpeg")
        process.arguments = ["-nostdin", "-v", "error", "-y"] + arguments
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
