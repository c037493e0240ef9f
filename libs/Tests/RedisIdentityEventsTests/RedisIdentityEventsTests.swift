import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Redis
import RedisIdentityEvents
import Testing

@Suite(.serialized) struct RedisIdentityEventsTests {
    /// A server of its own: the stream has one name.
    func onRedis(
        _ body: (RedisClient, RedisIdentityPublisher, RedisIdentityStream) async throws -> Void
    ) async throws {
        let server = try await TestRedis.start()
        let redis = RedisClient(server.configuration)
        do {
            try await body(redis, RedisIdentityPublisher(redis: redis), RedisIdentityStream(redis: redis))
        } catch {
            await redis.close()
            throw error
        }
        await redis.close()
    }

    func events(_ seqs: ClosedRange<Int64>, tag: String = "a") -> [IdentityEvent] {
        seqs.map { seq in
            IdentityEvent(
                seq: seq, tag: "\(tag)\(seq)", kind: seq % 2 == 0 ? .banned : .sessionEnded, userID: UUID(),
                sessionID: seq % 2 == 0 ? nil : UUID(), epoch: seq, at: Date(timeIntervalSince1970: 1_750_000_000.125))
        }
    }

    @Test func `what is published is read as it was, in order`() async throws {
        try await onRedis { _, publisher, stream in
            let events = events(1...5)
            let end = try await publisher.publish(events, after: .beginning)
            #expect(end == events[4].position)
            #expect(try await stream.events(after: .beginning, wait: .zero) == events)
            #expect(try await stream.events(after: events[2].position, wait: .zero) == Array(events[3...]))
            #expect(try await stream.events(after: events[4].position, wait: .milliseconds(1)) == [])
        }
    }

    @Test func `a second relay appends nothing twice and is told where to go on from`() async throws {
        try await onRedis { _, publisher, stream in
            let events = events(1...6)
            _ = try await publisher.publish(Array(events[..<4]), after: .beginning)
            #expect(try await publisher.publish(Array(events[..<3]), after: .beginning) == events[3].position)
            #expect(try await publisher.publish(Array(events[2...]), after: events[1].position) == events[3].position)
            #expect(try await stream.events(after: .beginning, wait: .zero) == Array(events[..<4]))
            #expect(try await publisher.publish(Array(events[4...]), after: events[3].position) == events[5].position)
            #expect(try await stream.events(after: .beginning, wait: .zero) == events)
        }
    }

    @Test func `relays that race leave no hole and no double`() async throws {
        try await onRedis { _, publisher, stream in
            let events = events(1...200)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var place = IdentityPosition.beginning
                        while place.seq < 200 {
                            let next = events[Int(place.seq)..<min(200, Int(place.seq) + 7)]
                            place = try await publisher.publish(Array(next), after: place)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await stream.events(after: .beginning, wait: .zero) == events)
        }
    }

    @Test func `a stream of another history is begun anew`() async throws {
        try await onRedis { _, publisher, stream in
            _ = try await publisher.publish(events(1...9), after: .beginning)
            let others = events(4...6, tag: "b")
            // The same number, another event.
            #expect(try await publisher.publish(others, after: IdentityPosition(seq: 9, tag: "b9")).tag == "a9")
            let end = try await publisher.publish(others, after: .beginning, resetting: true)
            #expect(end == others[2].position)
            #expect(try await stream.events(after: .beginning, wait: .zero) == others)
        }
    }

    @Test func `each publication beats, one without events too`() async throws {
        try await onRedis { _, publisher, stream in
            #expect(try await stream.beat() == nil)
            _ = try await publisher.publish([], after: .beginning)
            let first = try #require(try await stream.beat())
            #expect(first.position == .beginning)
            let events = events(1...1)
            _ = try await publisher.publish(events, after: .beginning)
            let second = try #require(try await stream.beat())
            #expect(second.position == events[0].position && second.mark != first.mark)
            // One that does not fit says nothing, nor does one that is not the last.
            _ = try await publisher.publish([self.events(2...2)[0]], after: events[0].position, hasMore: true)
            #expect(try await stream.beat()?.mark == second.mark)
            _ = try await publisher.publish([], after: .beginning)
            #expect(try await stream.beat()?.mark == second.mark)
        }
    }

    @Test func `a beat says what time it is in the database and in Redis, however long ago it was`() async throws {
        try await onRedis { redis, publisher, stream in
            let (before, ahead) = (Date(), 3_600.0)
            _ = try await publisher.publish([], after: .beginning, at: before + ahead)
            let clocks = try #require(try await stream.beat()?.clocks)
            let database = try #require(clocks.database)
            let difference = database.timeIntervalSince(clocks.stream)
            // Both went on by as much since; a second is far more than the way between the machines.
            #expect(abs(difference - ahead) < 1)
            #expect(clocks.stream.timeIntervalSince(before) > -1)
            #expect(clocks.contradict(Date()) == nil)
            _ = try await publisher.publish([], after: .beginning, at: Date())
            #expect(try await stream.beat()?.clocks?.contradict(Date()) == false)
            #expect(try await stream.beat()?.clocks?.contradict(Date() - 300) == true)
        }
    }

    @Test(arguments: [
        "0 mark", "0 x@/", "0 x@1", "0 x@a/b", "0 x@-/1750000000000", "0 x@99999999999999999999/1",
        "0 x@9223372036854775807/-9223372036854775808", "0 x@1/2/3",
    ])
    func `a beat of before, or one of nonsense, is one whose clocks say nothing`(value: String) async throws {
        try await onRedis { redis, _, stream in
            try await redis.set("{identity:events}:beat", to: value)
            let beat = try #require(try await stream.beat())
            #expect(beat.position == .beginning)
            #expect(beat.clocks?.contradict(Date()) == nil)
        }
    }

    @Test func `a reader that waits has an event as soon as it is published`() async throws {
        try await onRedis { _, publisher, stream in
            async let found = stream.events(after: .beginning, wait: .seconds(60))
            let events = events(1...1)
            _ = try await publisher.publish(events, after: .beginning)
            #expect(try await found == events)
        }
    }

    @Test func `entries that are no events, or have more than they should, stop nobody`() async throws {
        try await onRedis { redis, publisher, stream in
            let events = events(1...2)
            _ = try await publisher.publish([events[0]], after: .beginning)
            try await redis.xadd("identity:events", [("noise", "1")], id: RedisStreamID(milliseconds: 1, sequence: 1))
            try await redis.xadd(
                "identity:events",
                [
                    ("seq", "2"), ("tag", "n"), ("kind", "of_a_later_version"), ("user_id", UUID().uuidString),
                    ("epoch", "9"), ("at", "2026-01-01T00:00:00Z"), ("more", "x"),
                ], id: RedisStreamID(milliseconds: 2, sequence: 0))
            let found = try await stream.events(after: .beginning, wait: .zero)
            #expect(found.map(\.seq) == [1, 2] && found.last?.kind.rawValue == "of_a_later_version")
        }
    }
}
