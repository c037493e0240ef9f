import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import Logging
import NIOCore
import PlatformTesting
import Redis
import Testing

@testable import ChatStorage

@Suite struct RedisConnectionRegistryTests {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    func registry(_ redis: RedisClient, _ name: String = "one") -> RedisConnectionRegistry {
        RedisConnectionRegistry(redis: redis, replica: name, patience: .seconds(20), logger: logger)
    }

    /// All leases are older by so much. (Ages what other tests have in the same server too: use a server of one's own.)
    func age(_ redis: RedisClient, _ time: Duration) async throws {
        _ = try await redis.send(
            RedisCommand(
                "EVAL",
                """
                for _, key in ipairs(redis.call('KEYS', 'chat:sockets:*')) do
                    if redis.call('TYPE', key).ok == 'zset' then
                        for _, id in ipairs(redis.call('ZRANGE', key, 0, -1)) do
                            redis.call('ZINCRBY', key, -ARGV[1], id)
                        end
                    end
                end
                """, 0, Int(time / .milliseconds(1))))
    }

    /// What each part says that has anybody.
    @discardableResult
    func renew(_ registry: RedisConnectionRegistry) async -> [Bool] {
        var told: [Bool] = []
        for turn in 0..<OwnConnections.turns {
            if let isRenewed = await registry.renew(turn) { told.append(isRenewed) }
        }
        return told
    }

    @Test(arguments: ConnectionRegistryContract.all)
    func `keeps the contract`(_ promise: ConnectionRegistryContract) async throws {
        let redis = try await TestRedis.shared().configuration
        let (one, other) = (RedisClient(redis, logger: logger), RedisClient(redis, logger: logger))
        try await promise.check(registry(one), registry(other, "other"))
        await one.close()
        await other.close()
    }

    @Test func `the sockets of a replica that was killed count to the end of their leases, and no longer`() async throws
    {
        let server = try await TestRedis.start()
        let redis = RedisClient(server.configuration, logger: logger)
        let (killed, other) = (registry(redis), registry(redis, "other"))
        let user = Sample.user()
        for _ in 0..<3 { #expect(await killed.add(.sample(of: user), atMost: 3) == .added) }
        try await age(redis, .seconds(24))
        #expect(await other.add(.sample(of: user), atMost: 3) == .full(open: 3))
        #expect(try await other.present(among: [user]).count == 1)
        try await age(redis, .seconds(2))
        #expect(try await other.present(among: [user]).isEmpty, "nor is its user there")
        #expect(await other.add(.sample(of: user), atMost: 3) == .added)
        #expect(await other.add(.sample(of: user), atMost: 1) == .full(open: 1), "what has ended is not counted")
        await redis.close()
    }

    @Test func `those of a replica that lives are renewed, of many users at once`() async throws {
        let server = try await TestRedis.start()
        let redis = RedisClient(server.configuration, logger: logger)
        let (living, other) = (registry(redis), registry(redis, "other"))
        let users = (0..<350).map { _ in Sample.user() }
        for user in users { for _ in 0..<2 { #expect(await living.add(.sample(of: user), atMost: 2) == .added) } }
        for _ in 0..<3 {
            try await age(redis, .seconds(20))
            await renew(living)
        }
        for user in users { #expect(await other.add(.sample(of: user), atMost: 2) == .full(open: 2)) }
        await redis.close()
    }

    @Test func `a Redis that was emptied has them again after a renewal, and what there is to tell of them`()
        async throws
    {
        let server = try await TestRedis.start()
        let redis = RedisClient(server.configuration, logger: logger)
        let (one, other) = (registry(redis), registry(redis, "other"))
        let connection = Connection.sample(of: Sample.user())
        let closed = Connection.sample(of: connection.userID)
        for open in [connection, closed] { #expect(await one.add(open, atMost: 2) == .added) }
        one.remove(closed)
        _ = try await redis.send("FLUSHALL")
        await renew(one)
        #expect(await other.add(.sample(of: connection.userID), atMost: 1) == .full(open: 1))
        let about = try await redis.hgetall("chat:sockets:{\(connection.userID)}:about")
        #expect(about.count == 1)
        let told = try #require(about[connection.id.uuidString].map { String(buffer: $0) })
        #expect(told == "\(Int64(connection.connectedAt.timeIntervalSince1970 * 1_000)) one test/1 (é)")
        await redis.close()
    }

    @Test func `nothing is left of users who have none open any more`() async throws {
        let server = try await TestRedis.start()
        let redis = RedisClient(server.configuration, logger: logger)
        let one = registry(redis)
        let connection = Connection.sample(of: Sample.user())
        _ = await one.add(connection, atMost: 1)
        for key in try await redis.send(RedisCommand("KEYS", "*")).decode([String].self) {
            let rest = try await redis.send(RedisCommand("PTTL", key)).decode(Int.self)
            #expect((1...25_000).contains(rest))
        }
        one.remove(connection)
        try await until("nothing is left") { try await redis.send("DBSIZE").decode(Int.self) == 0 }
        await redis.close()
    }

    @Test func `without Redis a replica counts its own, and they count for all again afterwards`() async throws {
        let server = try await TestRedis.start()
        var configuration = server.configuration
        (configuration.connectTimeout, configuration.commandTimeout) = (.milliseconds(500), .milliseconds(500))
        let redis = RedisClient(configuration, logger: logger)
        let (one, other) = (registry(redis), registry(redis, "other"))
        let user = Sample.user()
        try await until("Redis answers") { (try? await redis.ping()) != nil }
        #expect(await one.add(.sample(of: user), atMost: 2) == .added)
        try await server.kill()
        #expect(await one.add(.sample(of: user), atMost: 2) == .added)
        #expect(await one.add(.sample(of: user), atMost: 2) == .full(open: 2))
        #expect(await other.add(.sample(of: user), atMost: 2) == .added, "it cannot know of the others")
        await #expect(throws: Failure.self, "nobody says that nobody is there") { try await one.present(among: [user]) }
        #expect(await renew(one) == [false])
        #expect(await renew(registry(redis)) == [])
        try await server.start()
        try await until("Redis answers") { (try? await redis.ping()) != nil }
        #expect(await renew(one) == [true])
        #expect(await renew(other) == [true])
        #expect(await other.add(.sample(of: user), atMost: 3) == .full(open: 3))
        await redis.close()
    }
}
