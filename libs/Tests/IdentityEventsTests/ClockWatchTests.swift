import DomainKit
import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Testing

@Suite struct ClockWatchTests {
    static let now = Date(timeIntervalSince1970: 1_750_000_000)
    let clock = TestClock(Self.now)
    let sources = ScriptedSources()
    let table = RevocationTable()

    func following(_ body: (IdentityFollower) async throws -> Void) async throws {
        let follower = IdentityFollower(
            table: table, stream: sources, feed: sources,
            pace: .init(wait: .milliseconds(5), beatPatience: .seconds(60), poll: .milliseconds(20)), clock: clock,
            logger: Logger(label: "test"))
        let running = Task { try await follower.run() }
        defer { running.cancel() }
        try await until { table.isCurrent || isOff(follower) }
        try await body(follower)
    }

    func isOff(_ follower: IdentityFollower) -> Bool {
        do { try follower.checkClock() } catch { return error.code == "platform.unavailable" }
        return false
    }

    func say(stream: TimeInterval, database: TimeInterval?) {
        sources.change {
            $0.clocks = WitnessedClocks(
                stream: Self.now + stream, database: database.map { Self.now + $0 })
        }
    }

    @Test(arguments: [300.0, -300, 31, -31])
    func `a clock that two other machines contradict is off, until it is right again`(offset: Double) async throws {
        say(stream: -offset, database: -offset)
        try await following { follower in
            try await until { isOff(follower) }
            // Bans are known all the same: nothing about them is compared with a clock.
            let user = UUID()
            sources.commit([IdentityEvent(seq: 1, tag: "a", kind: .banned, userID: user, epoch: 1, at: Self.now)])
            try await until { table.standing(of: user, session: nil, epoch: 0) == .banned }
            say(stream: 0, database: 0)
            try await until { !isOff(follower) }
        }
    }

    @Test func `a clock that is off is noticed before the table is current`() async throws {
        say(stream: 300, database: 300)
        sources.change { $0.isFeedAway = true }
        try await following { follower in
            #expect(isOff(follower) && !table.isCurrent)
        }
    }

    @Test(arguments: [
        (-300.0, 0.0), (0, 300), (300, -300), (-300, nil), (29, 29), (-29, -29), (-35, -26),
    ])
    func `one witness alone, or two that differ, say nothing against a clock`(stream: Double, database: Double?) {
        let witnesses = WitnessedClocks(stream: Self.now + stream, database: database.map { Self.now + $0 })
        #expect(witnesses.contradict(Self.now) != true)
    }

    @Test func `what two machines cannot agree on leaves the last judgement`() async throws {
        say(stream: 300, database: 300)
        try await following { follower in
            try await until { isOff(follower) }
            say(stream: 0, database: 300)
            let reads = sources.beats
            try await until { sources.beats > reads + 2 }
            #expect(isOff(follower))
        }
    }
}
