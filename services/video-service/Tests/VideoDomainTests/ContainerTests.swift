import Testing
import VideoDomain

@Suite("Containers by their first bytes") struct ContainerTests {
    static func box(_ kind: String, _ brand: String, length: [UInt8] = [0, 0, 0, 24]) -> [UInt8] {
        length + Array((kind + brand).utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)
    }

    /// An EBML header with a version before the document type, as encoders write it.
    static func ebml(_ type: String, void: Int = 0) -> [UInt8] {
        let filler: [UInt8] = void == 0 ? [] : [0xEC, UInt8(0x80 | void)] + [UInt8](repeating: 0, count: void)
        let elements = [0x42, 0x86, 0x81, 1] + filler + [0x42, 0x82, UInt8(0x80 | type.utf8.count)] + Array(type.utf8)
        return [0x1A, 0x45, 0xDF, 0xA3, UInt8(0x80 | elements.count)] + elements + [0x18, 0x53, 0x80, 0x67, 0xFF]
    }

    @Test func `what films begin with tells their kind`() {
        let known: [([UInt8], Container)] = [
            (Self.box("ftyp", "isom"), .mp4), (Self.box("ftyp", "mp42"), .mp4), (Self.box("ftyp", "M4V "), .mp4),
            (Self.box("ftyp", "qt  "), .quickTime),
            (Self.box("moov", "...."), .quickTime), (Self.box("mdat", "....", length: [0, 0, 0, 0]), .quickTime),
            (Self.box("wide", "....", length: [0, 0, 0, 8]), .quickTime), (Self.ebml("webm"), .webM),
            (Self.ebml("matroska"), .matroska), (Self.ebml("webm\0\0\0"), .webM), (Self.ebml("webm", void: 30), .webM),
            (
                [0x1A, 0x45, 0xDF, 0xA3, 0x01, 0, 0, 0, 0, 0, 0, 7, 0x42, 0x82, 0x84] + Array("webm".utf8), .webM
            ),
        ]
        for (bytes, container) in known { #expect(Container(bytes) == container, "\(bytes)") }
    }

    @Test func `what is none, cut off or lies of its length is no film`() {
        let others: [[UInt8]] = [
            [], [0], Array("hello, this is no film".utf8), Array("%PDF-1.7 and more".utf8),
            [UInt8](repeating: 0, count: 1_024),
            [UInt8](repeating: 0xFF, count: 1_024), [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 20),
            Array("PK\u{3}\u{4}............".utf8), Array("RIFF....AVI LIST".utf8),
            Array("#EXTM3U\nfile:///etc/passwd".utf8),
            Self.box("ftyp", "heic"), Self.box("ftyp", "avif"), Self.box("ftyp", "isom", length: [0, 0, 0, 8]),
            Self.box("ftyp", "isom", length: [0, 0, 0, 2]), Self.box("ftyp", "isom", length: [0, 0, 0, 1]),
            Array(Self.box("ftyp", "isom").prefix(11)),
            Array(Self.ebml("webm").prefix(9)), Self.ebml("docs"), Self.ebml("web"), Self.ebml("webmx"),
            [0x1A, 0x45, 0xDF, 0xA3], [0x1A, 0x45, 0xDF, 0xA3, 0],
            [0x1A, 0x45, 0xDF, 0xA3, 0xFF, 0x42, 0x82, 0xFF, 0x77],
            // Lengths up to 2^56, and elements that end beyond their header.
            [0x1A, 0x45, 0xDF, 0xA3, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x42, 0x82, 0x84]
                + Array("webm".utf8),
            [0x1A, 0x45, 0xDF, 0xA3, 0x84, 0x42, 0x82, 0x84] + Array("webm".utf8),
            [
                0x1A, 0x45, 0xDF, 0xA3, 0x90, 0x42, 0x86, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x42, 0x82,
                0x84,
            ]
                + Array("webm".utf8),
        ]
        for bytes in others { #expect(Container(bytes) == nil, "\(bytes.prefix(20))") }
    }

    @Test func `no bytes end the process`() {
        var generator = SystemRandomNumberGenerator()
        let headers: [[UInt8]] = [[], [0x1A, 0x45, 0xDF, 0xA3], [0, 0, 0, 24] + Array("ftyp".utf8)]
        for round in 0..<30_000 {
            let length = Int.random(in: 0...40)
            let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let found = Container(headers[round % headers.count] + noise)
            if round % headers.count == 0 && length < 8 { #expect(found == nil) }
        }
    }

    @Test func `a film may be said to be of its family and of no other`() throws {
        let rule = KnownContainers()
        let mp4 = Self.box("ftyp", "isom")
        for type in ["video/mp4", "video/quicktime", "video/x-m4v", "audio/mp4"] {
            let type = try ContentType(type)
            #expect(rule.contents(mp4, saidToBe: type) == .film(type))
            #expect(rule.contents(Self.ebml("webm"), saidToBe: type) == .no(.otherContainer))
        }
        for type in ["video/webm", "video/x-matroska", "text/html", "image/png"] {
            #expect(rule.contents(mp4, saidToBe: try ContentType(type)) == .no(.otherContainer))
        }
        #expect(
            rule.contents(Self.ebml("matroska"), saidToBe: try ContentType("video/webm"))
                == .film(ContentType(stored: "video/webm")))
        #expect(rule.contents(Array("hello".utf8), saidToBe: try ContentType("video/mp4")) == .no(.unknownContainer))
        for (bytes, type) in [
            (mp4, "video/mp4"), (Self.box("ftyp", "qt  "), "video/quicktime"), (Self.ebml("webm"), "video/webm"),
            (Self.ebml("matroska"), "video/x-matroska"),
        ] { #expect(rule.contents(bytes, saidToBe: .unknown) == .film(ContentType(stored: type)), "\(type)") }
    }
}
