import DomainKit
import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Postgres
import Redis
import RedisIdentityEvents
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// What is committed, on its way to the stream.
@Suite struct IdentityRelayTests {
    /// A database, the same again for another replica, and a Redis of one's own: there is one stream in each.
    struct House {
        let database: PostgresClient
        let other: PostgresClient
        let server: TestRedis
        let redis: RedisClient

        func relay(_ database: PostgresClient, page: Int = 1_000) -> IdentityRelay {
            IdentityRelay(
                database: database, feed: PostgresIdentityFeed(database: database, page: page),
                publisher: RedisIdentityPublisher(redis: redis), logger: Logger(label: "test"))
        }

        /// What a reader finds in the stream.
        func streamed() async throws -> [Int64] {
            try await RedisIdentityStream(redis: redis).events(after: .beginning, wait: .zero).map(\.seq)
        }

        func bans(_ count: Int) async throws {
            for _ in 0..<count {
                let user = try await PostgresAccounts(database: database)
                    .insert(.sample(), hash: PasswordHash(phc: "$1"))
                try await database.ban(user.id)
            }
        }
    }

    func house(_ body: (House) async throws -> Void) async throws {
        let server = try await TestRedis.start()
        let redis = RedisClient(server.configuration)
        try await replicas { database, other in
            try await body(House(database: database, other: other, server: server, redis: redis))
        }
        await redis.close()
    }

    @Test func `the stream gets everything once and in order, by pages and from two replicas`() async throws {
        try await house { house in
            try await house.bans(7)
            let (one, two) = (house.relay(house.database, page: 3), house.relay(house.other, page: 2))
            async let first = one.relay(from: .beginning)
            async let second = two.relay(from: .beginning)
            let positions = try await [first, second]
            #expect(positions[0] == positions[1] && positions[0].seq == 7)
            #expect(try await house.streamed() == Array(1...7))
            try await house.bans(2)
            #expect(try await one.relay(from: positions[0]).seq == 9)
            #expect(try await two.relay(from: positions[1]).seq == 9)
            #expect(try await house.streamed() == Array(1...9))
        }
    }

    @Test func `ten thousand events at once are in the stream after one round`() async throws {
        try await house { house in
            try await house.database.execute(
                """
                INSERT INTO identity_events (seq, kind, user_id, session_id, epoch)
                SELECT next_identity_event(), 'session_ended', gen_random_uuid(), gen_random_uuid(), n
                FROM generate_series(1, 10000) n
                """)
            let end = try await house.relay(house.database).relay(from: .beginning)
            var (position, read) = (IdentityPosition.beginning, [Int64]())
            while true {
                let events = try await RedisIdentityStream(redis: house.redis).events(after: position, wait: .zero)
                guard let last = events.last else { break }
                (position, read) = (last.position, read + events.map(\.seq))
            }
            #expect(read == Array(1...10_000) && position == end)
        }
    }

    @Test func `with nothing to tell it beats, each time anew`() async throws {
        try await house { house in
            let (relay, stream) = (house.relay(house.database), RedisIdentityStream(redis: house.redis))
            #expect(try await relay.relay(from: .beginning) == .beginning)
            let first = try #require(try await stream.beat())
            try await house.bans(1)
            let position = try await relay.relay(from: .beginning)
            let second = try #require(try await stream.beat())
            _ = try await relay.relay(from: position)
            let third = try #require(try await stream.beat())
            #expect(first.position == .beginning && second.position == position && third.position == position)
            #expect(Set([first.mark, second.mark, third.mark]).count == 3)
        }
    }

    @Test func `it says what time it is in the database`() async throws {
        try await house { house in
            _ = try await house.relay(house.database).relay(from: .beginning)
            let clocks = try await RedisIdentityStream(redis: house.redis).beat()?.clocks
            #expect(clocks?.database != nil)
            // Both servers run on this machine.
            #expect(clocks?.contradict(Date()) == false)
        }
    }

    @Test func `without the database it says nothing, above all not that there is nothing new`() async throws {
        try await house { house in
            try await house.bans(1)
            let relay = house.relay(house.other)
            let position = try await relay.relay(from: .beginning)
            let stream = RedisIdentityStream(redis: house.redis)
            let beat = try #require(try await stream.beat())
            await house.other.close()
            await #expect(throws: Failure.self) { try await relay.relay(from: position) }
            #expect(try await stream.beat()?.mark == beat.mark)
        }
    }

    @Test func `an emptied stream is filled with all that is kept`() async throws {
        try await house { house in
            try await house.bans(3)
            let relay = house.relay(house.database)
            let position = try await relay.relay(from: .beginning)
            try await house.redis.send("FLUSHALL")
            #expect(try await relay.relay(from: position) == position)
            #expect(try await house.streamed() == [1, 2, 3])
        }
    }

    @Test func `a stream of another history is begun anew, whatever its numbers`() async throws {
        try await house { house in
            try await house.bans(3)
            let relay = house.relay(house.database)
            let position = try await relay.relay(from: .beginning)
            // As a backup has it in which two events are missing, and then two others happen.
            try await house.database.execute("DELETE FROM identity_events WHERE seq > 1")
            try await house.database.execute("UPDATE identity_event_head SET seq = 1")
            #expect(try await relay.relay(from: position).seq == 1)
            #expect(try await house.streamed() == [1])
            try await house.bans(2)
            let later = try await relay.relay(from: .beginning)
            #expect(later.seq == 3 && later.tag != position.tag)
            // And once more, now with as many as before.
            try await house.database.execute("UPDATE identity_events SET tag = gen_random_uuid() WHERE seq = 3")
            let last = try await relay.relay(from: later)
            #expect(last.seq == 3 && last.tag != later.tag)
            let streamed = try await RedisIdentityStream(redis: house.redis).events(after: .beginning, wait: .zero)
            #expect(streamed.last?.tag == last.tag && streamed.count == 3)
        }
    }

    @Test func `a replica that has slept for hours goes on where the stream is`() async throws {
        try await house { house in
            try await house.bans(2)
            let (relay, sleeper) = (house.relay(house.database), house.relay(house.other))
            let old = try await sleeper.relay(from: .beginning)
            try await house.bans(3)
            _ = try await relay.relay(from: old)
            try await house.database.execute("DELETE FROM identity_events WHERE seq < 5")
            #expect(try await sleeper.relay(from: old).seq == 5)
            #expect(try await house.streamed().last == 5)
        }
    }

    @Test func `a committed event is in the stream without being asked for, also after Redis was away`() async throws {
        try await house { house in
            let relay = house.relay(house.database)
            let running = Task { try await relay.run() }
            try await house.bans(1)
            try await until("the first event") { try await house.streamed() == [1] }
            try await house.server.kill()
            try await house.bans(1)
            try await house.server.start()
            try await until("the stream is whole") { try await house.streamed() == [1, 2] }
            running.cancel()
            _ = try? await running.value
        }
    }
}
