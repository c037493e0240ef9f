import DomainKit
import Foundation
import HTTPKit
import Logging
import PlatformTesting
import Redis
import RedisLimits
import Testing

@Suite struct RedisRateLimitStoreTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func store(_ redis: RedisClient, _ prefix: String = "limit:") -> RedisRateLimitStore {
        RedisRateLimitStore(redis, prefix: prefix, patience: .seconds(20), logger: logger)
    }

    /// Lets time pass for every bucket: each is from longer ago.
    private func advance(_ redis: RedisClient, _ prefix: String, _ time: Duration) async throws {
        _ = try await redis.send(
            RedisCommand(
                "EVAL",
                """
                for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
                    redis.call('HINCRBY', key, 'at', ARGV[2])
                    for _, holder in ipairs(redis.call('HKEYS', key)) do
                        local amount, ends = string.match(redis.call('HGET', key, holder), '^(%d+) (%d+)$')
                        if ends then
                            redis.call('HSET', key, holder, string.format('%s %.0f', amount, ends + ARGV[2]))
                        end
                    end
                end
                """, 0, prefix, Int(-(time / .microseconds(1)))))
    }

    @Test(arguments: RateLimitStoreContract.all)
    func `keeps the contract`(promise: RateLimitStoreContract) async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration, logger: logger)
        let prefix = "limit:\(UUID().uuidString):"
        try await promise.check(store(redis, prefix)) { try await advance(redis, prefix, $0) }
        await redis.close()
    }

    @Test(arguments: RateLimitLeaseContract.all)
    func `keeps the contract of portions`(promise: RateLimitLeaseContract) async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration, logger: logger)
        let prefix = "limit:\(UUID().uuidString):"
        try await promise.check(store(redis, prefix)) { try await advance(redis, prefix, $0) }
        await redis.close()
    }

    @Test func `replicas that spend portions share a quota, and what is full is forgotten`() async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration, logger: logger)
        let prefix = "limit:\(UUID().uuidString):"
        let policy = RateLimitPolicy("p", quota: 300, per: .seconds(100_000))
        let replicas = (0..<3).map { _ in LeasedRateLimit(policy, store: store(redis, prefix)) }
        let passed = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<600 {
                group.addTask { try await replicas[number % 3].account(of: "203.0.113.7").take().isAllowed ? 1 : 0 }
            }
            return try await group.reduce(0) { $0 + $1 }
        }
        // What came back meanwhile is less than one.
        #expect(passed == 300)
        let names = try await redis.send(RedisCommand("KEYS", prefix + "*")).decode([String].self)
        #expect(names.count == 1 && !names.contains { $0.contains("203.0.113.7") })
        let rest = try await redis.send(RedisCommand("PTTL", try #require(names.first))).decode(Int.self)
        #expect((1...100_000_001).contains(rest))
        await redis.close()
    }

    @Test func `without Redis portions are counted here or closed, as the limit says`() async throws {
        let server = try await TestRedis.start()
        var configuration = server.configuration
        (configuration.connectTimeout, configuration.commandTimeout) = (.milliseconds(500), .milliseconds(500))
        let redis = RedisClient(configuration, logger: logger)
        let store = RedisRateLimitStore(redis, patience: .milliseconds(500), logger: logger)
        let closed = RateLimitPolicy("closed", quota: 20, per: .seconds(1_000))
        let open = RateLimitPolicy("open", quota: 20, per: .seconds(1_000), whenAway: .countedHere)
        let (shut, counted) = (LeasedRateLimit(closed, store: store), LeasedRateLimit(open, store: store))
        try await until("Redis answers") { try await counted.account(of: "a").take().isAllowed }
        try await server.kill()
        let failure = await #expect(throws: Failure.self) { try await shut.account(of: "a").take() }
        #expect(failure?.kind == .unavailable)
        var passed = 0
        for _ in 0..<60 where try await counted.account(of: "a").take().isAllowed { passed += 1 }
        #expect((19...22).contains(passed), "a quota of this replica's own, and what was held or less what was lent")
        await redis.close()
    }

    @Test func `replicas share a bucket, another quota has its own, and what is full is forgotten`() async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration, logger: logger)
        let prefix = "limit:\(UUID().uuidString):"
        let policy = RateLimitPolicy("p", quota: 2, per: .seconds(1_000))
        _ = try await store(redis, prefix).take(2, from: policy, for: "203.0.113.7")
        #expect(try await !store(redis, prefix).take(1, from: policy, for: "203.0.113.7").isAllowed)
        let wider = RateLimitPolicy("p", quota: 3, per: .seconds(1_000))
        #expect(try await store(redis, prefix).take(1, from: wider, for: "203.0.113.7").isAllowed)
        let names = try await redis.send(RedisCommand("KEYS", prefix + "*")).decode([String].self)
        #expect(names.count == 2 && !names.contains { $0.contains("203.0.113.7") })
        for name in names {
            let rest = try await redis.send(RedisCommand("PTTL", name)).decode(Int.self)
            #expect((1...1_000_001).contains(rest))
        }
        await redis.close()
    }

    @Test(arguments: [0, 1, Int.max])
    func `no quota, window or cost is too much`(extreme: Int) async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration, logger: logger)
        let store = store(redis, "limit:\(UUID().uuidString):")
        for window in [Duration.zero, .seconds(Int64.max)] {
            let policy = RateLimitPolicy("p", quota: extreme, per: window)
            for cost in [extreme, 1, -1] {
                let decision = try await store.take(cost, from: policy, for: "a")
                #expect(decision.remaining >= 0 && decision.retryAfter >= .zero && decision.resetAfter >= .zero)
            }
        }
        await redis.close()
    }

    @Test func `a server that refuses to count is as good as none`() async throws {
        let redis = RedisClient(try await TestRedis.shared().configuration, logger: logger)
        let prefix = "limit:\(UUID().uuidString):"
        let policies = [RateLimitPolicy.WhenAway.closed, .countedHere].map {
            RateLimitPolicy("p", quota: 2, per: .seconds(1_000), whenAway: $0)
        }
        _ = try await store(redis, prefix).take(1, from: policies[0], for: "a")
        let name = try #require(try await redis.send(RedisCommand("KEYS", prefix + "*")).decode([String].self).first)
        _ = try await redis.send(RedisCommand("SET", name, "no bucket"))
        let failure = await #expect(throws: Failure.self) {
            try await store(redis, prefix).take(1, from: policies[0], for: "a")
        }
        #expect(failure?.kind == .unavailable)
        #expect(try await store(redis, prefix).take(1, from: policies[1], for: "a").isAllowed)
        await redis.close()
    }

    @Test func `without Redis a limit is closed or counted here, as it says, and shared again afterwards`() async throws
    {
        let server = try await TestRedis.start()
        var configuration = server.configuration
        (configuration.connectTimeout, configuration.commandTimeout) = (.milliseconds(500), .milliseconds(500))
        let redis = RedisClient(configuration, logger: logger)
        let store = RedisRateLimitStore(redis, patience: .milliseconds(500), logger: logger)
        let closed = RateLimitPolicy("closed", quota: 2, per: .seconds(1_000))
        let open = RateLimitPolicy("open", quota: 2, per: .seconds(1_000), whenAway: .countedHere)
        try await until("Redis answers") { try await store.take(2, from: closed, for: "a").isAllowed || true }
        try await until("the bucket is empty") { try await !store.take(2, from: open, for: "a").isAllowed }
        try await server.kill()
        let failure = await #expect(throws: Failure.self) { try await store.take(1, from: closed, for: "a") }
        #expect(failure?.kind == .unavailable)
        #expect(try await store.take(2, from: open, for: "a").isAllowed, "this replica has not counted yet")
        #expect(try await !store.take(1, from: open, for: "a").isAllowed)
        try await server.start()
        try await until("Redis counts again") { try await store.take(1, from: closed, for: "b").isAllowed }
        await redis.close()
    }
}
