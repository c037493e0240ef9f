import NIOCore
import PlatformTesting
import Redis
import Synchronization
import Testing

/// Two real servers, one address, and a change of roles under traffic.
@Suite(.timeLimit(.minutes(2))) struct FailoverTests {
    /// A primary and its replica, and a client of the address that leads to the primary.
    private func withPair(
        _ body: (_ old: RedisClient, _ new: RedisClient, _ address: SwitchingAddress, RedisClient) async throws -> Void
    ) async throws {
        let (first, second) = (try await TestRedis.start(), try await TestRedis.start())
        let address = try await SwitchingAddress.start(leadingTo: first.port)
        var direct = (first.configuration, second.configuration)
        direct.0.requiresPrimary = false
        direct.1.requiresPrimary = false
        var configuration = first.configuration
        configuration.address = .host("127.0.0.1", port: address.port)
        configuration.roleInterval = .milliseconds(100)
        try await withClient(direct.0) { old in
            try await withClient(direct.1) { new in
                try await new.send("REPLICAOF", "127.0.0.1", first.port)
                try await until {
                    try await new.send("ROLE").arrayValue?.dropFirst(3).first?.stringValue == "connected"
                }
                try await withClient(configuration) { try await body(old, new, address, $0) }
            }
        }
        try await address.stop()
    }

    /// The roles change; connections that are there stay, new ones lead to the new primary. The two hear no more of one
    /// another, so that what the old one takes and delivers is its clients' alone.
    private func failOver(
        _ old: RedisClient, _ new: RedisClient, _ address: SwitchingAddress
    ) async throws {
        guard case .host(_, let port) = new.configuration.address else { return }
        try await new.send("REPLICAOF", "NO", "ONE")
        address.lead(to: port)
        try await old.send("REPLICAOF", "127.0.0.1", 1)
    }

    /// How many publications a server has taken from its clients.
    private func publications(_ server: RedisClient) async throws -> Int {
        let lines = try await server.send("INFO", "commandstats").stringValue?.split(whereSeparator: \.isNewline) ?? []
        let line = lines.first { $0.hasPrefix("cmdstat_publish:calls=") }
        return line.flatMap { Int($0.dropFirst("cmdstat_publish:calls=".count).prefix { $0.isNumber }) } ?? 0
    }

    private func subscribers(_ server: RedisClient) async throws -> Int? {
        try await server.send("PUBSUB", "NUMSUB", "f").arrayValue?.last?.intValue
    }

    @Test func `a demoted server gets no more publications, and those to the new primary are delivered`() async throws {
        try await withPair { old, new, address, redis in
            let received = Inbox<String>()
            let subscriber = redis.subscriber { received.add(String(buffer: $0.payload)) }
            try await subscriber.subscribe(.channel("f"))
            let publisher = Task {
                var accepted: [String] = []
                for number in 0... {
                    if Task.isCancelled { break }
                    let text = "\(number)"
                    if (try? await redis.publish(text, to: "f")) != nil {
                        accepted.append(text)
                    } else {
                        // Refused at once while there is no primary: others need the thread, too.
                        await Task.yield()
                    }
                }
                return accepted
            }
            try await until { received.count > 100 }
            try await failOver(old, new, address)
            // The client finds out by itself: no write tells it, and its connection goes on answering.
            guard case .host(_, let port) = new.configuration.address else { return }
            try await until { (try? await redis.send("CONFIG", "GET", "port").arrayValue?.last?.intValue) == port }
            try await until { try await subscribers(new) == 1 }
            let late = try await publications(old)
            let before = received.count
            try await until { received.count > before + 100 }
            #expect(try await publications(old) == late)
            publisher.cancel()
            // Everything accepted by the new primary since the subscriber is there too arrives.
            let accepted = await publisher.value
            let last = try #require(accepted.last)
            try await until { received.all.contains(last) }
            let (from, all) = (try #require(received.all.dropFirst(before).first), Set(received.all))
            let missing = accepted.drop { $0 != from }.filter { !all.contains($0) }
            #expect(missing.isEmpty)
            subscriber.close()
        }
    }

    @Test func `a subscriber leaves a demoted server, without a command of its client`() async throws {
        try await withPair { old, new, address, redis in
            let (received, events) = (Inbox<String>(), Inbox<RedisSubscriberEvent>())
            let subscriber = redis.subscriber(
                onEvent: { events.add($0) }, onMessage: { received.add(String(buffer: $0.payload)) })
            try await subscriber.subscribe(.channel("f"))
            try await failOver(old, new, address)
            try await until { try await subscribers(new) == 1 }
            try await new.publish("hello", to: "f")
            try await until { received.all == ["hello"] }
            #expect(
                events.all.contains { if case .disconnected = $0 { true } else { false } }, "and its owner is told")
            subscriber.close()
        }
    }

    @Test func `a replica is not used, until it is the primary`() async throws {
        try await withPair { _, new, _, _ in
            var configuration = new.configuration
            configuration.requiresPrimary = true
            try await withClient(configuration) { redis in
                let error = await failure { try await redis.publish("x", to: "f") }
                #expect(error?.isUnavailable == true && error?.isOutcomeUnknown == false)
                try await new.send("REPLICAOF", "NO", "ONE")
                try await eventually { _ = try await redis.publish("x", to: "f") }
            }
        }
    }

    @Test func `a user who may not ask for the role is told so`() async throws {
        var options = TestRedis.Options()
        options.password = "root"
        options.users = ["app on >secret ~* &* +@all -role"]
        let server = try await TestRedis.start(options)
        var configuration = server.configuration
        (configuration.username, configuration.password) = ("app", "secret")
        let error = try await withClient(configuration) { redis in await failure { try await redis.ping() } }
        guard case .authenticationFailed(let message) = error else {
            return #expect(Bool(false), "\(String(describing: error))")
        }
        #expect(message.contains("+role"))
        configuration.requiresPrimary = false
        try await withClient(configuration) { try await $0.ping() }
    }
}
