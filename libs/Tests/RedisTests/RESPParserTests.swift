import NIOCore
import Testing

@testable import Redis

@Suite struct RESPParserTests {
    private func parse(_ pieces: [String], sharesReads: Bool = false) throws -> [RESPValue] {
        let parser = try RESPParser(sharesReads: sharesReads)
        var replies: [RESPValue] = []
        for piece in pieces { try parser.parse(ByteBuffer(string: piece)) { replies.append($0) } }
        return replies
    }

    @Test func `every kind of reply is read`() throws {
        let replies = try parse(["+OK\r\n:-42\r\n$5\r\nh\r\nlo\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n-ERR no\r\n"])
        #expect(
            replies == [
                .simple("OK"), .integer(-42), .bulk(ByteBuffer(string: "h\r\nlo")), .bulk(ByteBuffer()), .null, .null,
                .array([]), .error(RedisServerError("ERR no")),
            ])
    }

    @Test func `arrays nest, with errors and nulls inside`() throws {
        let replies = try parse(["*3\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n-ERR x\r\n$-1\r\n"])
        let inner = RESPValue.array([.integer(1), .array([.bulk(ByteBuffer(string: "a"))])])
        #expect(replies == [.array([inner, .error(RedisServerError("ERR x")), .null])])
    }

    @Test(arguments: [false, true])
    func `a stream cut at any byte gives the same replies`(sharesReads: Bool) throws {
        let stream = "+OK\r\n*2\r\n$3\r\nabc\r\n*2\r\n:7\r\n$-1\r\n$6\r\n\r\n\r\n\r\n\r\n-E\r\n"
        let whole = try parse([stream])
        #expect(whole.count == 4)
        for cut in 0...stream.utf8.count {
            let bytes = Array(stream.utf8)
            let pieces = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
            #expect(try parse(pieces, sharesReads: sharesReads) == whole)
        }
        #expect(try parse(stream.utf8.map { String(decoding: [$0], as: UTF8.self) }, sharesReads: sharesReads) == whole)
    }

    @Test(arguments: [false, true])
    func `a bulk of 8 MiB arrives whole in pieces of any size`(sharesReads: Bool) throws {
        let block = ByteBuffer(bytes: (0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        var value = ByteBuffer()
        for _ in 0..<128 { value.writeImmutableBuffer(block) }
        var stream = ByteBuffer(string: "$\(value.readableBytes)\r\n")
        stream.writeImmutableBuffer(value)
        stream.writeString("\r\n:1\r\n")
        let parser = try RESPParser(sharesReads: sharesReads)
        var replies: [RESPValue] = []
        for size in [1, 7, 4096, 65_536, 1 << 20, stream.readableBytes] {
            while let piece = stream.readSlice(length: min(size, stream.readableBytes)), piece.readableBytes > 0 {
                try parser.parse(piece) { replies.append($0) }
                if size < 65_536 { break }
            }
        }
        #expect(replies.count == 2 && replies.first?.bytesValue == value)
    }

    @Test func `shared bulks stay right after later reads`() throws {
        let parser = try RESPParser(sharesReads: true)
        var bulks: [String] = []
        var kept: [ByteBuffer] = []
        for round in 0..<50 {
            var read = ByteBuffer()
            for index in 0..<60 {
                let text = "round \(round) entry \(index)"
                read.writeString("$\(text.utf8.count)\r\n\(text)\r\n")
                bulks.append(text)
            }
            // Cut in the middle of a bulk, so that some begin in one read and end in the next.
            let head = read.readSlice(length: read.readableBytes * 2 / 3)
            for piece in [head, read].compactMap({ $0 }) {
                try parser.parse(piece) { if let bytes = $0.bytesValue { kept.append(bytes) } }
            }
        }
        #expect(kept.map { String(buffer: $0) } == bulks)
    }

    @Test(arguments: ["hello\r\n", ":12a\r\n", "*1\r\n%1\r\n", "$999999999999999999999\r\n", "*99999999999\r\n"])
    func `bytes that are not RESP2 are an error`(text: String) throws {
        #expect {
            try parse([text])
        } throws: { error in
            if case .protocolViolation = error as? RedisError { true } else { false }
        }
    }

    @Test(arguments: [
        ":9223372036854775807\r\n", ":-9223372036854775808\r\n", ":0\r\n", ":-1\r\n", ":9223372036854775808\r\n",
        ":-9223372036854775809\r\n", ":99999999999999999999999\r\n", ":\r\n", ":-\r\n",
    ])
    func `integers of any size are a value or an error`(text: String) {
        let value = Int(text.dropFirst().dropLast(1))
        let replies = try? parse([text])
        #expect(replies == value.map { [.integer($0)] })
    }

    @Test(arguments: ["*-9223372036854775808\r\n", "*9223372036854775807\r\n", "*2147483648\r\n", "*-2\r\n"])
    func `lengths of any size are an error or a promise`(text: String) {
        let replies = try? parse([text])
        #expect(replies == nil || replies == [] || replies == [.null])
    }

    @Test(arguments: ["%1\r\n+a\r\n+b\r\n", ",1.5\r\n", "#t\r\n", ">1\r\n+a\r\n", "_\r\n", "(123\r\n"])
    func `what only RESP3 has is an error`(text: String) {
        #expect(throws: RedisError.self) { try parse([text]) }
    }

    @Test func `nesting beyond what hiredis follows is an error and no crash`() throws {
        let deep = String(repeating: "*1\r\n", count: 7) + ":1\r\n"
        #expect(try parse([deep]).count == 1)
        #expect(throws: RedisError.self) { try parse([String(repeating: "*1\r\n", count: 100_000)]) }
    }
}
