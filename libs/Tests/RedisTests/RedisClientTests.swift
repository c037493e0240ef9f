import Logging
import NIOCore
import PlatformTesting
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisClientTests {
    private func withShared<Value>(_ body: (RedisClient) async throws -> Value) async throws -> Value {
        try await withClient(TestRedis.shared().configuration, body)
    }

    @Test func `what is set can be read, until it expires or is deleted`() async throws {
        try await withShared { redis in
            #expect(try await redis.set("client:greeting", to: "今日は", expiring: .seconds(60)))
            #expect(try await redis.get("client:greeting") == ByteBuffer(string: "今日は"))
            #expect(try await redis.set("client:greeting", to: "no", if: .ifAbsent) == false)
            #expect(try await redis.send("PTTL", "client:greeting").intValue.map { (1...60_000).contains($0) } == true)
            #expect(try await redis.delete("client:greeting", "client:nothing") == 1)
            #expect(try await redis.get("client:greeting") == nil)
            #expect(try await redis.set("client:greeting", to: "no", if: .ifPresent) == false)
            #expect(try await redis.get(["client:greeting", "client:nothing"]) == [nil, nil])
            #expect(try await redis.increment("client:count", by: 5) == 5)
            #expect(try await redis.expire("client:count", after: .milliseconds(1)))
            try await until { try await redis.get("client:count") == nil }
        }
    }

    @Test func `hashes, sets and sorted sets`() async throws {
        try await withShared { redis in
            try await redis.delete("client:h", "client:s", "client:z")
            #expect(try await redis.hset("client:h", [("name", "広場"), ("size", 7)]) == 2)
            #expect(try await redis.hget("client:h", "size") == ByteBuffer(string: "7"))
            #expect(
                try await redis.hgetall("client:h").mapValues { String(buffer: $0) } == ["name": "広場", "size": "7"])
            #expect(try await redis.hdel("client:h", "name") == 1)
            #expect(try await redis.sadd("client:s", "a", "b") == 2)
            #expect(try await redis.srem("client:s", "a") == 1)
            #expect(try await redis.smembers("client:s") == ["b"])
            #expect(try await redis.zadd("client:z", "late", score: 2.5))
            #expect(try await redis.zadd("client:z", "early", score: -1))
            #expect(try await redis.zadd("client:z", "early", score: 1) == false)
            #expect(try await redis.zrange("client:z") == ["early", "late"])
            #expect(try await redis.zrange("client:z", scores: 2...Double.infinity) == ["late"])
            #expect(try await redis.zremrangebyscore("client:z", -Double.infinity...1) == 1)
            #expect(try await redis.zrem("client:z", "late") == 1)
            #expect(try await redis.zcard("client:z") == 0)
        }
    }

    @Test func `an error reply is thrown and disturbs nobody else`() async throws {
        try await withShared { redis in
            try await redis.set("client:text", to: "x")
            let error = await failure { try await redis.increment("client:text") }
            guard case .server(let refusal) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(refusal.code == "ERR" && error?.isUnavailable == false)
            #expect(try await redis.get("client:text") == ByteBuffer(string: "x"))
        }
    }

    @Test func `commands of many tasks share the connection and each gets its own answer`() async throws {
        try await withShared { redis in
            let before = try await connections(redis)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<200 {
                    group.addTask {
                        for round in 0..<20 {
                            let text = "\(task).\(round)"
                            let answer = try await redis.send("ECHO", text).stringValue
                            #expect(answer == text)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await connections(redis) == before)
            try await until { redis.statistics.outstandingCommands == 0 }
        }
    }

    /// Connections this client's server has accepted so far that carry this client's address.
    private func connections(_ redis: RedisClient) async throws -> String? {
        try await redis.send("CLIENT", "ID").stringValue
    }

    @Test func `commands of one task are done in their order, also without waiting`() async throws {
        try await withShared { redis in
            try await redis.delete("client:list")
            let answers = Inbox<Int>()
            for index in 0..<1000 {
                redis.submit(RedisCommand("RPUSH", "client:list", index)) { result in
                    if case .success(.integer(let length)) = result { answers.add(length) }
                }
            }
            let future = redis.submit(RedisCommand("LRANGE", "client:list", 0, -1))
            #expect(try await future.get().decode([Int].self) == Array(0..<1000))
            #expect(answers.all == Array(1...1000))
        }
    }

    @Test func `a value of 32 MiB goes there and back`() async throws {
        try await withShared { redis in
            let value = ByteBuffer(repeating: 7, count: 32 << 20)
            try await redis.set("client:huge", to: value)
            #expect(try await redis.get("client:huge") == value)
            try await redis.delete("client:huge")
        }
    }

    @Test func `a transaction is done as a whole or not at all`() async throws {
        try await withShared { redis in
            try await redis.delete("client:t")
            let replies = try await redis.transaction([
                RedisCommand("SET", "client:t", 1), RedisCommand("LPUSH", "client:t", "x"),
                RedisCommand("INCR", "client:t"),
            ])
            #expect(replies.count == 3 && replies[0] == .simple("OK") && replies[2] == .integer(2))
            guard case .error = replies[1] else { return #expect(Bool(false), "an error inside") }

            let error = await failure {
                _ = try await redis.transaction([RedisCommand("INCR", "client:t"), RedisCommand("NONSENSE")])
            }
            guard case .server(let refusal) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(refusal.code == "EXECABORT")
            #expect(try await redis.get("client:t") == ByteBuffer(string: "2"))
            #expect(try await redis.transaction([]) == [])
        }
    }

    @Test func `scripts run by digest and come back after the server forgot them`() async throws {
        try await withShared { redis in
            let script = RedisScript("return {KEYS[1], ARGV[1], #ARGV}")
            #expect(script.digest.count == 40)
            for round in 0..<3 {
                let reply = try await redis.eval(script, keys: ["client:k"], arguments: ["v", 2])
                #expect(
                    reply
                        == .array([.bulk(ByteBuffer(string: "client:k")), .bulk(ByteBuffer(string: "v")), .integer(2)]))
                if round == 1 { try await redis.send("SCRIPT", "FLUSH") }
            }
            let broken = RedisScript("return redis.error_reply('MINE was refused')")
            let error = await failure { _ = try await redis.eval(broken) }
            #expect(error == .server(RedisServerError("MINE was refused")))
        }
    }

    @Test func `a cancelled caller goes on at once and the connection stays in step`() async throws {
        try await withShared { redis in
            try await redis.delete("client:never")
            let waiting = Task { try await redis.send("BLPOP", "client:never", 0) }
            try await withClient(redis.configuration) { other in
                try await until { try await other.send("CLIENT", "LIST").stringValue?.contains("cmd=blpop") == true }
                waiting.cancel()
                await #expect(throws: CancellationError.self) { try await waiting.value }
                try await other.send("RPUSH", "client:never", "released")
            }
            #expect(try await redis.send("ECHO", "in step").stringValue == "in step")

            let early = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await redis.increment("client:cancelled")
            }
            await #expect(throws: CancellationError.self) { try await early.value }
            #expect(try await redis.get("client:cancelled") == nil)
        }
    }

    @Test func `thousands of cancellations at any moment leave the connection in step`() async throws {
        try await withShared { redis in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<2000 {
                    let task = Task { try await redis.send("ECHO", index).stringValue }
                    group.addTask {
                        if index.isMultiple(of: 3) { task.cancel() }
                        if let answer = try? await task.value { #expect(answer == "\(index)") }
                    }
                }
            }
            #expect(try await redis.send("ECHO", "in step").stringValue == "in step")
            try await until { redis.statistics.outstandingCommands == 0 }
        }
    }

    @Test func `a Unix socket serves as well`() async throws {
        let configuration = try await RedisConfiguration(url: "unix://\(TestRedis.shared().socketPath)?db=3")
        let info = try await withClient(configuration) { try await $0.send("CLIENT", "INFO").stringValue }
        #expect(info?.contains("db=3") == true)
    }

    @Test func `as a service it runs until it is told to end, and is closed then`() async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration)
        let running = Task { try await redis.run() }
        try await redis.ping()
        running.cancel()
        try await running.value
        let refusal = await failure { try await redis.ping() }
        #expect(refusal == .closed)
    }

    @Test func `what is closed refuses, and closing waits for answers under way`() async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration)
        try await redis.ping()
        let answers = Inbox<Result<RESPValue, RedisError>>()
        for _ in 0..<100 { redis.submit(RedisCommand("PING")) { answers.add($0) } }
        await redis.close()
        await redis.close()
        #expect(answers.all.count == 100)
        #expect(answers.all.allSatisfy { $0 == .success(.simple("PONG")) })
        let refusal = await failure { try await redis.ping() }
        #expect(refusal == .closed)
        #expect(
            await failure { _ = try await redis.xread("client:x", after: .beginning, block: .seconds(1)) } == .closed)
    }
}
