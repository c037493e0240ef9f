import Foundation

/// A film that can be watched, made by ffmpeg.
enum MadeFilm {
    /// What ffmpeg complains of when it plays one track of what is at an address, to its end.
    static func complaints(playing address: String, _ track: String) throws -> String {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/ffmpeg")
        process.arguments = ["-nostdin", "-v", "error", "-xerror", "-i", address, "-map", track, "-f", "null", "-"]
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    /// A moving picture and a tone.
    static func bytes(seconds: Int = 2, size: String = "160x120") throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/ffmpeg")
        process.arguments =
            ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=\(size):rate=25:duration=\(seconds)"]
            + [
                "-f", "lavfi", "-i", "sine=frequency=440:duration=\(seconds)", "-c:v", "libx264", "-preset",
                "ultrafast",
            ]
            + ["-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", file.path(percentEncoded: false)]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
        return [UInt8](try Data(contentsOf: file))
    }
}
