import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import Redis

/// The protocol's bookkeeping on a channel without a network.
@Suite struct CommandHandlerTests {
    private let channel = EmbeddedChannel()
    private let handler: CommandHandler
    private let results = Results()

    init() throws {
        handler = try CommandHandler()
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func send(
        _ names: String..., deadline: NIODeadline = .distantFuture, skipping: Int = 0, isRoleCheck: Bool = false
    ) throws {
        var batch = CommandBatch()
        for name in names {
            let formatted = try FormattedCommand(RedisCommand(name))
            var entry = CommandEntry(
                completion: .callback { [results] in results.add(name, $0) }, ticket: 1, deadline: deadline,
                byteCount: formatted.count, repliesToSkip: skipping)
            entry.isRoleCheck = isRoleCheck
            batch.append(entry) { formatted.write(to: &$0) }
        }
        handler.write(batch)
    }

    private func receive(_ text: String) throws {
        try channel.writeInbound(ByteBuffer(string: text))
    }

    @Test func `a batch is one write`() throws {
        try send("A", "B", "C")
        let written = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(String(buffer: written) == "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n")
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }

    @Test func `replies go to their commands in order, errors to their own`() throws {
        try send("A", "B")
        try send("C")
        try receive("+a\r\n-ERR b\r\n+c")
        #expect(results.all == ["A": .success(.simple("a")), "B": .failure(.server(RedisServerError("ERR b")))])
        try receive("\r\n")
        #expect(results.all["C"] == .success(.simple("c")))
        #expect(results.order == ["A", "B", "C"])
    }

    @Test func `a lost connection leaves the unanswered with an unknown outcome`() throws {
        try send("A", "B")
        try receive("+a\r\n")
        _ = try? channel.finish()
        let error = try #require(results.failure("B"))
        #expect(error.isOutcomeUnknown && error.isUnavailable)
        #expect(results.all["A"] == .success(.simple("a")))
    }

    @Test func `bytes that are not RESP2 end the connection after the good replies`() throws {
        try send("A", "B")
        try receive("+a\r\n?what\r\n")
        #expect(results.all["A"] == .success(.simple("a")))
        #expect(try #require(results.failure("B")).isOutcomeUnknown)
        #expect(!channel.isActive)
    }

    @Test func `a reply nobody asked for ends the connection`() throws {
        try receive("+OK\r\n")
        #expect(!channel.isActive)
    }

    @Test func `a primary that became a replica is left`() throws {
        try send("A", "B")
        try receive("-READONLY You can't write against a read only replica.\r\n")
        #expect(results.failure("A")?.isUnavailable == true)
        #expect(results.failure("A")?.isOutcomeUnknown == false)
        #expect(results.failure("B")?.isOutcomeUnknown == true)
        #expect(!channel.isActive)
    }

    @Test func `what is answered after the server was found to be a replica does not count`() throws {
        try send("A")
        try send("R", isRoleCheck: true)
        try send("B")
        try receive("+a\r\n*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected\r\n:0\r\n:1\r\n")
        #expect(results.all["A"] == .success(.simple("a")))
        #expect(results.failure("B")?.isOutcomeUnknown == true)
        #expect(!channel.isActive)
    }

    @Test func `a server that is a primary still is kept`() throws {
        try send("R", isRoleCheck: true)
        try send("B")
        try receive("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n:1\r\n")
        #expect(results.all["B"] == .success(.integer(1)))
        #expect(channel.isActive)
    }

    @Test func `an overdue command fails alone, unless it is the oldest`() throws {
        let now = NIODeadline.now()
        try send("A", deadline: now + .hours(1))
        try send("B", deadline: now)
        handler.expire(now)
        #expect(results.all == ["B": .failure(.timedOut(wasSent: true))])
        #expect(channel.isActive)
        try receive("+a\r\n+b\r\n")
        #expect(results.all["A"] == .success(.simple("a")))
        #expect(results.all["B"] == .failure(.timedOut(wasSent: true)))

        try send("C", deadline: now)
        try send("D", deadline: now + .hours(1))
        handler.expire(now)
        #expect(results.all["C"] == .failure(.timedOut(wasSent: true)))
        #expect(results.failure("D")?.isOutcomeUnknown == true)
        #expect(!channel.isActive)
    }

    @Test func `a transaction is answered by its last reply`() throws {
        try send("T", skipping: 2)
        try send("U")
        try receive("+OK\r\n+QUEUED\r\n*1\r\n:1\r\n+u\r\n")
        #expect(results.all == ["T": .success(.array([.integer(1)])), "U": .success(.simple("u"))])
    }

    @Test func `an abandoned command swallows its reply`() throws {
        try send("A")
        guard case .callback = handler.abandon(1) else { return #expect(Bool(false), "there is one to abandon") }
        try send("B")
        try receive("+a\r\n+b\r\n")
        #expect(results.all == ["B": .success(.simple("b"))])
    }
}

private final class Results: Sendable {
    private let entries = Mutex<[(name: String, result: Result<RESPValue, RedisError>)]>([])

    func add(_ name: String, _ result: Result<RESPValue, RedisError>) {
        entries.withLock { $0.append((name, result)) }
    }

    var order: [String] { entries.withLock { $0.map(\.name) } }
    var all: [String: Result<RESPValue, RedisError>] {
        entries.withLock { Dictionary($0.map { ($0.name, $0.result) }, uniquingKeysWith: { $1 }) }
    }

    func failure(_ name: String) -> RedisError? {
        if case .failure(let error) = all[name] { error } else { nil }
    }
}
