import NIOCore
import PlatformTesting
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisOutageTests {
    @Test func `without a server commands fail fast, and succeed once it is there`() async throws {
        let server = try await TestRedis.start()
        try await server.kill()
        try await withClient(server.configuration) { redis in
            let error = await failure { try await redis.ping() }
            #expect(error?.isUnavailable == true && error?.isOutcomeUnknown == false)
            let took = await ContinuousClock().measure { _ = await failure { try await redis.ping() } }
            #expect(took < .seconds(1))
            try await server.start()
            try await eventually { try await redis.ping() }
        }
    }

    @Test func `a client outlives restarts of its server`() async throws {
        var options = TestRedis.Options()
        options.isDurable = true
        let server = try await TestRedis.start(options)
        try await withClient(server.configuration) { redis in
            for round in 1...3 {
                let rounds = try await eventually { try await redis.increment("outage:rounds") }
                #expect(rounds == round)
                try await server.kill()
                let refusal = await failure { try await redis.ping() }
                #expect(refusal?.isUnavailable == true)
                try await server.start()
            }
            try await eventually { try await redis.ping() }
            try await until { redis.statistics.outstandingCommands == 0 }
        }
    }

    @Test func `commands sent by many tasks through an outage each get an answer or an error`() async throws {
        let server = try await TestRedis.start()
        try await withClient(server.configuration) { redis in
            let answers = Inbox<Result<String?, RedisError>>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<64 {
                    group.addTask {
                        for round in 0..<200 {
                            let text = "\(task).\(round)"
                            do {
                                let echo = try await redis.send("ECHO", text).stringValue
                                #expect(echo == text)
                                answers.add(.success(echo))
                            } catch let error as RedisError {
                                #expect(error.isUnavailable)
                                answers.add(.failure(error))
                                await Task.yield()
                            }
                        }
                    }
                }
                group.addTask {
                    try await until { answers.count > 1000 }
                    try await server.kill()
                    try await server.start()
                }
                try await group.waitForAll()
            }
            #expect(answers.count == 64 * 200)
            try await eventually { try await redis.ping() }
            try await until { redis.statistics.outstandingCommands == 0 }
        }
    }

    @Test func `a command under way when the server dies has an unknown outcome`() async throws {
        let server = try await TestRedis.start()
        try await withClient(server.configuration) { redis in
            let waiting = Task { try await redis.send("BLPOP", "outage:never", 0) }
            try await withClient(server.configuration) { other in
                try await until { try await other.send("CLIENT", "LIST").stringValue?.contains("cmd=blpop") == true }
            }
            try await server.kill()
            let error = await failure { _ = try await waiting.value }
            #expect(error?.isOutcomeUnknown == true && error?.isUnavailable == true)
        }
    }

    @Test func `a command whose connection broke is not sent again`() async throws {
        let server = try await ScriptedServer.start { words, connection in
            switch words.first {
            case "PING": .reply("+PONG\r\n")
            case "INCRBY" where connection == 1: .close
            default: .reply(":1\r\n")
            }
        }
        try await withClient(server.configuration) { redis in
            let error = await failure { try await redis.increment("x") }
            #expect(error?.isOutcomeUnknown == true)
            let later = try await eventually { try await redis.send("GET", "y") }
            #expect(later == .integer(1))
            #expect(server.received.filter { $0.first == "INCRBY" }.count == 1)
        }
        try await server.stop()
    }

    @Test func `a command that gets no answer fails in time and the connection is replaced`() async throws {
        let server = try await TestRedis.start()
        try await withClient(server.configuration) { redis in
            let first = try await redis.send("CLIENT", "ID").intValue
            let error = await failure {
                _ = try await redis.send(RedisCommand("BLPOP", "outage:never", 0), timeout: .milliseconds(50))
            }
            #expect(error == .timedOut(wasSent: true))
            let second = try await eventually { try await redis.send("CLIENT", "ID").intValue }
            #expect(second != first)
        }
    }

    @Test func `a command that gathers behind a slow one fails in its own time and is not sent`() async throws {
        let server = try await TestRedis.start()
        try await withClient(server.configuration) { redis in
            let slow = Task { try await redis.send(RedisCommand("BLPOP", "outage:slow", 0), timeout: .seconds(60)) }
            try await withClient(server.configuration) { other in
                try await until { try await other.send("CLIENT", "LIST").stringValue?.contains("cmd=blpop") == true }
                let error = await failure {
                    _ = try await redis.send(RedisCommand("SET", "outage:late", "x"), timeout: .milliseconds(20))
                }
                #expect(error == .timedOut(wasSent: false))
                try await other.send("RPUSH", "outage:slow", "go on")
                _ = try await slow.value
                #expect(try await redis.get("outage:late") == nil)
            }
        }
    }

    @Test func `a server that accepts and says nothing counts as away`() async throws {
        let server = try await ScriptedServer.start { _, _ in .silence }
        var configuration = server.configuration
        configuration.connectTimeout = .milliseconds(100)
        try await withClient(configuration) { redis in
            let error = await failure { try await redis.ping() }
            #expect(error?.isUnavailable == true && error?.isOutcomeUnknown == false)
        }
        try await server.stop()
    }

    @Test func `a connection that went mute is noticed without a command`() async throws {
        let server = try await ScriptedServer.start { words, connection in
            // The greeting of each connection is answered, on the first nothing after it.
            switch words.first {
            case "SELECT": .reply("+OK\r\n")
            case "PING" where connection > 1: .reply("+PONG\r\n")
            case "PING": .replyOnce("+PONG\r\n")
            default: .reply("+OK\r\n")
            }
        }
        var configuration = server.configuration
        configuration.keepAliveInterval = .milliseconds(20)
        configuration.commandTimeout = .milliseconds(100)
        try await withClient(configuration) { redis in
            _ = try? await redis.send("HELLO")
            try await until { server.connections >= 2 }
            let answer = try await eventually { try await redis.send("HELLO") }
            #expect(answer == .simple("OK"))
        }
        try await server.stop()
    }

    @Test func `a full queue refuses instead of growing`() async throws {
        var configuration = try await TestRedis.shared().configuration
        configuration.maximumQueuedCommands = 10
        try await withClient(configuration) { redis in
            let results = Inbox<Result<RESPValue, RedisError>>()
            for _ in 0..<1000 { redis.submit(RedisCommand("PING")) { results.add($0) } }
            try await until { results.count == 1000 }
            let refused = results.all.filter { if case .failure(.unavailable) = $0 { true } else { false } }
            #expect(refused.count > 0 && refused.count <= 990)
            try await redis.ping()
        }
    }

    @Test func `a server still loading its data is not used`() async throws {
        let server = try await ScriptedServer.start { words, connection in
            words.first == "PING" && connection < 3 ? .reply("-LOADING in memory\r\n") : .reply("+PONG\r\n")
        }
        try await withClient(server.configuration) { redis in
            let refusal = await failure { try await redis.ping() }
            #expect(refusal?.isUnavailable == true)
            try await eventually { try await redis.ping() }
            #expect(server.connections >= 3)
        }
        try await server.stop()
    }
}
