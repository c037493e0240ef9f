import NIOCore
import PlatformTesting
import Redis
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisSubscriberTests {
    private func text(_ messages: Inbox<RedisMessage>) -> [String] {
        messages.all.map { "\($0.channel)=\(String(buffer: $0.payload))" }
    }

    @Test func `messages arrive in order, of the channels subscribed and no others`() async throws {
        try await withClient(TestRedis.shared().configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let subscriber = redis.subscriber { messages.add($0) }
            try await subscriber.subscribe(.channel("sub:a"), .channel("sub:b"))
            try await redis.publish("elsewhere", to: "sub:c")
            for index in 0..<500 { redis.publishForgetting(ByteBuffer(string: "\(index)"), to: "sub:a") }
            #expect(try await redis.publish("last", to: "sub:b") == 1)
            try await until { messages.count == 501 }
            #expect(text(messages) == (0..<500).map { "sub:a=\($0)" } + ["sub:b=last"])
            subscriber.close()
        }
    }

    @Test func `sharded channels and patterns are their own kinds`() async throws {
        try await withClient(TestRedis.shared().configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let subscriber = redis.subscriber { messages.add($0) }
            try await subscriber.subscribe(.shard("sub:s"), .pattern("sub:p.*"))
            #expect(try await redis.publish("plain", to: "sub:s") == 0)
            #expect(try await redis.publish("sharded", to: "sub:s", sharded: true) == 1)
            #expect(try await redis.publish("globbed", to: "sub:p.1") == 1)
            try await until { messages.count == 2 }
            #expect(text(messages) == ["sub:s=sharded", "sub:p.1=globbed"])
            #expect(messages.all.map(\.pattern) == [nil, "sub:p.*"])
            subscriber.close()
        }
    }

    @Test func `after unsubscribing nothing comes any more`() async throws {
        try await withClient(TestRedis.shared().configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let subscriber = redis.subscriber { messages.add($0) }
            try await subscriber.subscribe(.channel("sub:u"), .channel("sub:v"))
            subscriber.unsubscribe(.channel("sub:u"))
            try await until { try await redis.publish("x", to: "sub:u") == 0 }
            // Messages come in order: after this one none published before it is still on its way.
            try await redis.publish("mark", to: "sub:v")
            try await until { text(messages).last == "sub:v=mark" }
            let before = messages.count
            try await redis.publish("y", to: "sub:u")
            try await redis.publish("z", to: "sub:v")
            try await until { messages.count > before }
            #expect(text(messages).last == "sub:v=z" && messages.count == before + 1)
            subscriber.close()
        }
    }

    @Test func `subscriptions come back after the server restarts, and the owner is told`() async throws {
        let server = try await TestRedis.start()
        try await withClient(server.configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let events = Inbox<RedisSubscriberEvent>()
            let subscriber = redis.subscriber(onEvent: { events.add($0) }, onMessage: { messages.add($0) })
            try await subscriber.subscribe(.channel("sub:a"), .shard("sub:s"))
            for round in 1...2 {
                try await server.kill()
                try await until { if case .disconnected = events.all.last { true } else { false } }
                try await server.start()
                try await until { events.all.last == .connected(resubscribed: 2) }
                try await eventually { _ = try await redis.publish("\(round)", to: "sub:a") }
                try await redis.publish("\(round)", to: "sub:s", sharded: true)
                try await until { messages.count == 2 * round }
            }
            #expect(text(messages) == ["sub:a=1", "sub:s=1", "sub:a=2", "sub:s=2"])
            let connected = events.all.map { if case .connected = $0 { true } else { false } }
            #expect(connected == [true, false, true, false, true])
            subscriber.close()
        }
    }

    @Test func `a subscription made while the server is away says so and is there later`() async throws {
        let server = try await TestRedis.start()
        try await server.kill()
        try await withClient(server.configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let events = Inbox<RedisSubscriberEvent>()
            let subscriber = redis.subscriber(onEvent: { events.add($0) }, onMessage: { messages.add($0) })
            let error = await failure { try await subscriber.subscribe(.channel("sub:later")) }
            #expect(error?.isUnavailable == true)
            try await server.start()
            try await until { events.all.last == .connected(resubscribed: 1) }
            try await eventually { _ = try await redis.publish("hello", to: "sub:later") }
            try await until { messages.count == 1 }
            subscriber.close()
        }
    }

    @Test func `thousands of channels live on one connection`() async throws {
        try await withClient(TestRedis.shared().configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let subscriber = redis.subscriber { messages.add($0) }
            try await subscriber.subscribe((0..<5000).map { .channel("sub:many:\($0)") })
            for index in stride(from: 0, to: 5000, by: 7) {
                redis.publishForgetting(ByteBuffer(string: "m"), to: "sub:many:\(index)")
            }
            try await until { messages.count == 715 }
            subscriber.close()
        }
    }

    @Test func `a wish that flips while commands are under way ends as last said`() async throws {
        try await withClient(TestRedis.shared().configuration) { redis in
            let subscriber = redis.subscriber { _ in }
            for _ in 0..<200 {
                subscriber.subscribe([.channel("sub:flip")]) { _ in }
                subscriber.unsubscribe(.channel("sub:flip"))
            }
            try await subscriber.subscribe(.channel("sub:flip"))
            #expect(try await redis.publish("x", to: "sub:flip") == 1)
            subscriber.close()
        }
    }

    @Test func `a channel one may not read is refused and the others go on`() async throws {
        var options = TestRedis.Options()
        options.password = "root"
        options.users = ["app on >secret ~* resetchannels &open:* +@all"]
        let server = try await TestRedis.start(options)
        var configuration = server.configuration
        configuration.username = "app"
        configuration.password = "secret"
        try await withClient(configuration) { redis in
            let messages = Inbox<RedisMessage>()
            let subscriber = redis.subscriber { messages.add($0) }
            try await subscriber.subscribe(.channel("open:1"))
            guard case .server(let error) = await failure({ try await subscriber.subscribe(.channel("closed")) }) else {
                return #expect(Bool(false), "it should be refused")
            }
            #expect(error.code == "NOPERM")
            try await redis.publish("x", to: "open:1")
            try await until { messages.count == 1 }
            subscriber.close()
        }
    }

    @Test func `a cancelled subscriber waits no longer`() async throws {
        let server = try await ScriptedServer.start { words, _ in words.first == "PING" ? .reply("+PONG\r\n") : .silence
        }
        try await withClient(server.configuration) { redis in
            let subscriber = redis.subscriber { _ in }
            let waiting = Task { try await subscriber.subscribe(.channel("x")) }
            try await until { server.received.contains { $0.first == "SUBSCRIBE" } }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            subscriber.close()
        }
        try await server.stop()
    }

    @Test func `a mute connection is replaced`() async throws {
        let server = try await ScriptedServer.start { words, connection in
            words.first == "PING" && connection == 1 ? .replyOnce("+PONG\r\n") : .reply("+PONG\r\n")
        }
        var configuration = server.configuration
        configuration.keepAliveInterval = .milliseconds(20)
        configuration.roleInterval = .seconds(3_600)
        try await withClient(configuration) { redis in
            let subscriber = redis.subscriber { _ in }
            try await until { server.connections >= 2 }
            subscriber.close()
        }
        try await server.stop()
    }

    @Test func `a publication that fails without a waiter is counted and told`() async throws {
        let server = try await TestRedis.start()
        try await server.kill()
        try await withClient(server.configuration) { redis in
            let failures = Inbox<RedisError>()
            redis.publishForgetting(ByteBuffer(string: "x"), to: "sub:none") { failures.add($0) }
            try await until { failures.count == 1 }
            #expect(failures.all[0].isUnavailable && redis.statistics.failedPublications == 1)
        }
    }
}
