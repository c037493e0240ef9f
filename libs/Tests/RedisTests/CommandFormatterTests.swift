import NIOCore
import Testing

@testable import Redis

@Suite struct CommandFormatterTests {
    private func text(_ command: RedisCommand) throws -> String {
        var bytes = ByteBuffer()
        try FormattedCommand(command).write(to: &bytes)
        return String(buffer: bytes)
    }

    @Test func `arguments are counted in bytes and never interpreted`() throws {
        let command = RedisCommand("SET", "k\r\n", "広場", -7, ByteBuffer(bytes: [0, 13, 10]), "", 1.5)
        #expect(
            try text(command)
                == "*7\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$6\r\n広場\r\n$2\r\n-7\r\n$3\r\n\0\r\n\r\n$0\r\n\r\n$3\r\n1.5\r\n")
    }

    @Test func `a command of ten thousand arguments is one command`() throws {
        let names = (0..<10_000).map { "key \($0)" }
        let parser = try RESPParser(sharesReads: false)
        var parsed: [RESPValue] = []
        try parser.parse(ByteBuffer(string: text(RedisCommand("DEL", names)))) { parsed.append($0) }
        #expect(try parsed.first?.decode([String].self) == ["DEL"] + names)
    }

    @Test func `withdrawn commands leave the batch and the others stay in order`() throws {
        var batch = CommandBatch()
        for ticket in 1...6 as ClosedRange<UInt64> {
            let formatted = try FormattedCommand(RedisCommand("ECHO", Int(ticket)))
            let entry = CommandEntry(
                completion: .callback { _ in }, ticket: ticket, deadline: .distantFuture, byteCount: formatted.count,
                repliesToSkip: 0)
            batch.append(entry) { formatted.write(to: &$0) }
        }
        #expect(batch.withdraw { $0.ticket.isMultiple(of: 2) }.count == 3)
        #expect(batch.withdraw { $0.ticket == 2 }.isEmpty)
        batch.compact()
        #expect(batch.entries.map(\.ticket) == [1, 3, 5])
        let expected = try [1, 3, 5].map { try text(RedisCommand("ECHO", $0)) }.joined()
        #expect(String(buffer: batch.bytes) == expected)
    }
}
