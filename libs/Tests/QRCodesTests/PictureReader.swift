import Foundation

/// What a phone does: draws the SVG (`rsvg-convert`, Debian's librsvg2-bin) and reads the picture (`zbarimg`, zbar-tools).
enum PictureReader {
    /// The texts that are found in it. Fails when a program is not there or draws nothing.
    static func texts(in svg: String, width: Int? = nil) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "qr-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (drawing, picture) = (folder.appending(path: "code.svg"), folder.appending(path: "code.png"))
        try Data(svg.utf8).write(to: drawing)
        let size = width.map { ["--width", String($0), "--keep-aspect-ratio"] } ?? []
        _ = try run("rsvg-convert", size + ["--output", picture.path, drawing.path])
        return try run("zbarimg", ["--raw", "--quiet", "-Sdisable", "-Sqrcode.enable", picture.path])
    }

    /// What it wrote. Fails when it is not there or does not end well.
    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let written = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw NotRead(program: program, status: process.terminationStatus)
        }
        return String(decoding: written, as: UTF8.self)
    }

    struct NotRead: Error {
        let program: String
        let status: Int32
    }
}
