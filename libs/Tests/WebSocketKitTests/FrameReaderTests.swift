import NIOCore
import PlatformTesting
import Testing

@testable import WebSocketKit

@Suite struct FrameReaderTests {
    /// Reads `bytes` in pieces of `size`, and names what came out.
    private func read(_ bytes: [UInt8], inPiecesOf size: Int = .max, limit: Int = 65_536) -> [String] {
        var reader = FrameReader()
        var seen: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size)
            rest = rest.dropFirst(piece.count)
            var goesOn = true
            reader.read(ByteBuffer(bytes: piece), maximumMessageBytes: limit) { event in
                seen.append(name(event))
                if case .violation = event { goesOn = false }
                return goesOn
            }
            if !goesOn { break }
        }
        return seen
    }

    private func name(_ event: FrameReader.Event) -> String {
        switch event {
        case .text(let text): "text \(String(buffer: text))"
        case .binary(let bytes): "binary \(bytes.readableBytes)"
        case .ping(let payload): "ping \(String(buffer: payload))"
        case .pong(let payload): "pong\(String(buffer: payload))"
        case .close(let code, let reason): "close \(code)" + (reason.isEmpty ? "" : " \(reason)")
        case .violation(let violation): "\(violation)"
        }
    }

    private func text(_ text: String, _ opcode: UInt8 = 1, isFinal: Bool = true) -> [UInt8] {
        RawSocket.frame(opcode, Array(text.utf8), isFinal: isFinal)
    }

    @Test(arguments: [1, 2, 3, 5, 7, 100, Int.max])
    func `frames come out whole however the bytes are cut`(size: Int) {
        let long = String(repeating: "é", count: 100)
        let bytes = text("one") + text(long) + text("ping me", 9) + RawSocket.frame(2, [1, 2, 3]) + text("two")
        #expect(read(bytes, inPiecesOf: size) == ["text one", "text \(long)", "ping ping me", "binary 3", "text two"])
    }

    @Test(arguments: [1, 4, Int.max])
    func `fragments become one message, with control frames between them at once`(size: Int) {
        let bytes =
            text("日", isFinal: false) + text("!", 9) + text("本", 0, isFinal: false) + text("", 0, isFinal: false)
            + text("語", 0) + text("next")
        #expect(read(bytes, inPiecesOf: size) == ["ping !", "text 日本語", "text next"])
    }

    @Test func `a character may be cut by a fragment's end, not by the message's`() {
        let euro = Array("€".utf8)
        let cut =
            RawSocket.frame(1, [euro[0]], isFinal: false) + RawSocket.frame(0, [euro[1]], isFinal: false)
            + RawSocket.frame(0, [euro[2]])
        #expect(read(cut) == ["text €"])
        let short = RawSocket.frame(1, [euro[0]], isFinal: false) + RawSocket.frame(0, [euro[1]])
        #expect(read(short) == ["invalidUTF8"])
        #expect(read(RawSocket.frame(1, [euro[0], euro[1]])) == ["invalidUTF8"])
    }

    @Test func `bad text in an early fragment is refused before the message is whole`() {
        #expect(read(RawSocket.frame(1, [0x61, 0xFF], isFinal: false)) == ["invalidUTF8"])
    }

    @Test(arguments: [3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF] as [UInt8])
    func `reserved opcodes are a violation`(opcode: UInt8) {
        #expect(read(RawSocket.frame(opcode, [])) == ["framing"])
    }

    @Test(arguments: [1, 2, 4, 7] as [UInt8])
    func `reserved bits are a violation`(bits: UInt8) {
        #expect(read(RawSocket.frame(1, [0x61], reservedBits: bits)) == ["framing"])
    }

    @Test func `an unmasked frame is a violation`() {
        #expect(read(RawSocket.frame(1, [0x61], isMasked: false)) == ["framing"])
    }

    @Test(arguments: [8, 9, 10] as [UInt8])
    func `control frames are neither cut nor long`(opcode: UInt8) {
        #expect(read(RawSocket.frame(opcode, [], isFinal: false)) == ["framing"])
        #expect(read(RawSocket.frame(opcode, Array(repeating: 0x61, count: 126))) == ["framing"])
        #expect(read(RawSocket.frame(9, Array(repeating: 0x61, count: 125))).first?.hasPrefix("ping") == true)
    }

    @Test func `fragments out of order are a violation`() {
        #expect(read(text("x", 0)) == ["framing"])
        #expect(read(text("a", isFinal: false) + text("b")) == ["framing"])
        #expect(read(text("a") + text("b", 0)) == ["text a", "framing"])
    }

    @Test func `a length in more bytes than it needs is a violation`() {
        let mask: [UInt8] = [0, 0, 0, 0]
        #expect(read([0x81, 0x80 | 126, 0, 5] + mask + Array("hello".utf8)) == ["framing"])
        #expect(read([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 5] + mask + Array("hello".utf8)) == ["framing"])
        #expect(read([0x82, 0x80 | 127, 0xFF, 0, 0, 0, 0, 0, 0, 0] + mask) == ["framing"])
    }

    @Test func `a message over the limit is refused by its header alone, or by the fragment that passes it`() {
        #expect(read(Array(RawSocket.frame(1, Array(repeating: 0x61, count: 65_536))), limit: 65_536).count == 1)
        let long = RawSocket.frame(1, Array(repeating: 0x61, count: 65_537))
        #expect(read(Array(long.prefix(14))) == ["messageTooBig"])
        let pieces = text("12345", isFinal: false) + text("67890", 0, isFinal: false) + text("1", 0)
        #expect(read(pieces, limit: 10) == ["messageTooBig"])
        #expect(read(pieces, limit: 11) == ["text 12345678901"])
    }

    @Test func `close codes are checked`() {
        func close(_ code: UInt16, _ reason: [UInt8] = []) -> [String] {
            read(RawSocket.frame(8, [UInt8(code >> 8), UInt8(code & 0xff)] + reason))
        }
        for code: UInt16 in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999] {
            #expect(close(code) == ["close \(code)"])
        }
        for code: UInt16 in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
            #expect(close(code) == ["framing"])
        }
        #expect(read(RawSocket.frame(8, [])) == ["close 1005"])
        #expect(read(RawSocket.frame(8, [3])) == ["framing"])
        #expect(close(1000, Array("bye ☂".utf8)) == ["close 1000 bye ☂"])
        #expect(close(1000, [0xFF]) == ["invalidUTF8"])
    }

    @Test func `nothing is read after the receiver says stop`() {
        var reader = FrameReader()
        var seen = 0
        reader.read(ByteBuffer(bytes: text("a") + text("b")), maximumMessageBytes: 100) { _ in
            seen += 1
            return false
        }
        #expect(seen == 1)
    }
}
