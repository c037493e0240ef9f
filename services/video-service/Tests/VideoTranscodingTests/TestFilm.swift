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

    /// What ffprobe says of it, a value a line.
    static func facts(_ path: String, _ entries: String) throws -> [String] {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/ffprobe")
        process.arguments = ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", path]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(whereSeparator: { $0.isNewline || $0 == "," }).map(String.init)
    }

    /// How like the pictures of two films are (SSIM), both as they are shown; 1 for the same.
    static func likeness(of path: String, to other: String, _ width: Int, _ height: Int) throws -> Double {
        let said = try complaints(
            [
                "-i", path, "-i", other, "-lavfi",
                "[0:v]setpts=PTS-STARTPTS[a];[1:v]scale=\(width):\(height):flags=bicubic,setsar=1,setpts=PTS-STARTPTS,format=yuv420p[b];[a][b]ssim",
                "-f", "null", "-",
            ], level: "info")
        return said.firstMatch(of: /All:([0-9.]+)/).flatMap { Double($0.1) } ?? 0
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

/// Where a film's presentation begins in its media (ISO/IEC 14496-12 §8.6.6); -1 for a time in which nothing is shown.
struct EditList: CustomStringConvertible {
    var mediaTimes: [Int64] = []

    init(ofFile path: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: path)).prefix(8_192)
        guard let name = bytes.range(of: Data("elst".utf8)) else { return }
        let version = bytes[name.upperBound]
        func number(_ place: Int, _ size: Int) -> Int64 {
            let value = bytes[place..<place + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 8 ? Int64(bitPattern: value) : Int64(Int32(bitPattern: UInt32(value)))
        }
        let width = version == 1 ? 8 : 4
        for index in 0..<Int(number(name.upperBound + 4, 4)) {
            mediaTimes.append(number(name.upperBound + 8 + index * (2 * width + 4) + width, width))
        }
    }

    var description: String { "\(mediaTimes)" }
}
