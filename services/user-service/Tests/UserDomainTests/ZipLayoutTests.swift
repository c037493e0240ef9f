import Foundation
import Testing
import UserDomain

@Suite struct ZipLayoutTests {
    static let files: [(name: String, content: Data)] = [
        ("a/0000-x.json", Data("[]\n".utf8)), ("b/0001-y.json", Data()),
        ("b/0002-花.json", Data((0..<5_000).map { UInt8($0 & 0xFF) })),
    ]

    static func layout() throws -> ZipLayout {
        try #require(
            ZipLayout(
                files.map { .init(name: $0.name, checksum: Checksum.crc32($0.content), size: UInt32($0.content.count)) }
            ))
    }

    static func bytes(_ layout: ZipLayout, _ range: Range<Int>) -> Data {
        layout.pieces(in: range).reduce(into: Data()) { all, piece in
            switch piece {
            case .bytes(let bytes): all.append(bytes)
            case .content(let index, let part): all.append(files[index].content[part])
            }
        }
    }

    @Test(arguments: [("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43)] as [(String, UInt32)])
    func `the checksum is that of zip archives`(text: String, checksum: UInt32) {
        #expect(Checksum.crc32(Data(text.utf8)) == checksum)
    }

    @Test func `other programs read the archive`() throws {
        let layout = try Self.layout()
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).zip")
        try Self.bytes(layout, 0..<layout.size).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            "import sys, zipfile as z; a = z.ZipFile(sys.argv[1]); assert a.testzip() is None; print(*a.namelist(), sep='\\n')",
            path.path,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.environment = ["PYTHONIOENCODING": "utf-8"]
        try process.run()
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let unzip = try Process.run(URL(filePath: "/usr/bin/unzip"), arguments: ["-tqq", path.path])
        unzip.waitUntilExit()
        #expect(unzip.terminationStatus == 0)
        #expect(told.split(separator: "\n").map(String.init) == Self.files.map(\.name))
    }

    @Test func `whatever parts it is fetched in, they make the same archive`() throws {
        let layout = try Self.layout()
        let whole = Self.bytes(layout, 0..<layout.size)
        #expect(whole.count == layout.size)
        for step in [1, 7, 30, 31, 1_000, 4_999] {
            var parts = Data()
            for start in stride(from: 0, to: layout.size, by: step) {
                parts.append(Self.bytes(layout, start..<min(start + step, layout.size)))
            }
            #expect(parts == whole, "\(step)")
        }
    }

    @Test func `more than an archive holds is refused`() {
        let file = ZipLayout.File(name: "x", checksum: 0, size: .max)
        #expect(ZipLayout([file, file]) == nil)
        #expect(ZipLayout(Array(repeating: .init(name: "x", checksum: 0, size: 0), count: 65_535)) == nil)
        #expect(ZipLayout([])?.size == 22)
    }
}
