import NIOCore
import PlatformTesting
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisStreamTests {
    private func withShared<Value>(_ body: (RedisClient) async throws -> Value) async throws -> Value {
        try await withClient(TestRedis.shared().configuration, body)
    }

    @Test func `entries come back in order, with their fields`() async throws {
        try await withShared { redis in
            try await redis.delete("stream:a")
            #expect(try await redis.xread("stream:a", after: .beginning) == [])
            var ids: [RedisStreamID] = []
            for index in 0..<10 { ids.append(try await redis.xadd("stream:a", [("n", index), ("text", "値")])) }
            #expect(ids == ids.sorted() && Set(ids).count == 10)
            let all = try await redis.xread("stream:a", after: .beginning)
            #expect(all.map(\.id) == ids)
            #expect(all[3].fields.mapValues { String(buffer: $0) } == ["n": "3", "text": "値"])
            #expect(try await redis.xread("stream:a", after: ids[6], count: 2).map(\.id) == [ids[7], ids[8]])
            #expect(try await redis.xrange("stream:a", from: ids[2], to: ids[4]).map(\.id) == Array(ids[2...4]))
            #expect(try await redis.xrange("stream:a", count: 1).map(\.id) == [ids[0]])
            #expect(try await redis.xrevrange("stream:a", count: 2).map(\.id) == [ids[9], ids[8]])
            #expect(try await redis.xtrim("stream:a", to: .exactCount(4)) == 6)
            #expect(try await redis.xtrim("stream:a", to: .from(ids[8])) == 2)
            #expect(try await redis.xlen("stream:a") == 2)
        }
    }

    @Test func `an id of one's own must be newer than the last`() async throws {
        try await withShared { redis in
            try await redis.delete("stream:b")
            let id = RedisStreamID(milliseconds: 7, sequence: 1)
            #expect(try await redis.xadd("stream:b", [("a", 1)], id: id, trim: .exactCount(5)) == id)
            let error = await failure { _ = try await redis.xadd("stream:b", [("a", 1)], id: id) }
            guard case .server = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(RedisStreamID("7-1") == id && RedisStreamID("7") == nil && RedisStreamID("a-b") == nil)
        }
    }

    @Test func `a blocking read waits on a connection of its own`() async throws {
        try await withShared { redis in
            try await redis.delete("stream:c")
            let reader = Task { try await redis.xread("stream:c", after: .beginning, block: .seconds(60)) }
            try await until { try await redis.send("CLIENT", "LIST").stringValue?.contains("cmd=xread") == true }
            let id = try await redis.xadd("stream:c", [("a", 1)])
            #expect(try await reader.value.map(\.id) == [id])
            #expect(try await redis.xread("stream:c", after: id, block: .milliseconds(5)) == [])
        }
    }

    @Test func `a cancelled blocking read ends, at the server too`() async throws {
        let server = try await TestRedis.start()
        try await withClient(server.configuration) { redis in
            let reader = Task { try await redis.xread("stream:d", after: .beginning, block: .seconds(600)) }
            try await until { try await redis.send("CLIENT", "LIST").stringValue?.contains("cmd=xread") == true }
            reader.cancel()
            await #expect(throws: CancellationError.self) { try await reader.value }
            try await until { try await redis.send("CLIENT", "LIST").stringValue?.contains("cmd=xread") == false }
        }
    }

    @Test func `blocking commands beyond the limit are refused`() async throws {
        var configuration = try await TestRedis.shared().configuration
        configuration.maximumBlockingConnections = 0
        try await withClient(configuration) { redis in
            let error = await failure { _ = try await redis.xread("stream:e", after: .beginning, block: .seconds(1)) }
            #expect(error?.isUnavailable == true)
        }
    }
}
