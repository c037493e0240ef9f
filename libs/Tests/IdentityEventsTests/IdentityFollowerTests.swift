import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Testing

@Suite struct IdentityFollowerTests {
    let table = RevocationTable()
    let sources = ScriptedSources()

    func ban(_ seq: Int64, tag: String = "a") -> IdentityEvent {
        IdentityEvent(seq: seq, tag: "\(tag)\(seq)", kind: .banned, userID: user(seq), epoch: 1, at: Date())
    }

    func user(_ seq: Int64) -> UUID {
        UUID(uuidString: "00000000-0000-4000-8000-\(String(format: "%012d", seq))") ?? UUID()
    }

    func isBanned(_ seq: Int64) -> Bool { table.standing(of: user(seq), session: nil, epoch: 0) == .banned }

    /// Runs a follower beside `body`.
    func following(_ table: RevocationTable? = nil, _ body: () async throws -> Void) async throws {
        let pace = IdentityFollower.Pace(
            wait: .milliseconds(20), beatPatience: .milliseconds(100), poll: .milliseconds(20))
        let follower = IdentityFollower(
            table: table ?? self.table, stream: sources, feed: sources, pace: pace, logger: Logger(label: "test"))
        let running = Task { try await follower.run() }
        defer { running.cancel() }
        try await body()
    }

    @Test func `what was committed before the start is known before the table is current`() async throws {
        sources.commit((1...5).map { ban($0) })
        try await following {
            try await until { table.isCurrent }
            #expect((1...5).allSatisfy(isBanned))
        }
    }

    @Test func `without the feed it does not become current, and then does`() async throws {
        sources.change { $0.isFeedAway = true }
        sources.commit([ban(1)])
        try await following {
            try await until { sources.feedReads > 2 }
            #expect(!table.isCurrent && !isBanned(1))
            sources.change { $0.isFeedAway = false }
            try await until { table.isCurrent && isBanned(1) }
        }
    }

    @Test func `the stream brings what comes after, without the feed`() async throws {
        try await following {
            try await until { table.isCurrent }
            let reads = sources.feedReads
            sources.commit([ban(1), ban(2)])
            try await until { isBanned(1) && isBanned(2) }
            sources.commit([ban(3)])
            try await until { isBanned(3) }
            #expect(sources.feedReads == reads)
        }
    }

    @Test func `a number left out by the stream comes from the feed`() async throws {
        try await following {
            try await until { table.isCurrent }
            sources.commit([ban(1), ban(2), ban(3)], leavingOut: [2])
            try await until { isBanned(1) && isBanned(2) && isBanned(3) }
        }
    }

    @Test func `an event the stream lost altogether is noticed by the beat`() async throws {
        try await following {
            try await until { table.isCurrent }
            sources.commit([ban(1)], leavingOut: [1])
            try await until { isBanned(1) }
        }
    }

    @Test func `a stream that was emptied loses nothing`() async throws {
        sources.commit([ban(1), ban(2)])
        try await following {
            try await until { isBanned(2) }
            sources.change { $0.streamed = [] }
            sources.commit([ban(3)], leavingOut: [3])
            try await until { isBanned(3) }
        }
    }

    /// Numbers that were given out once are given out again, to other events.
    @Test func `a database restored from a backup loses nothing`() async throws {
        sources.commit((1...10).map { ban($0) })
        try await following {
            try await until { isBanned(10) }
            sources.change { state in
                state.kept.removeLast(5)
                state.streamed = state.kept
            }
            let others = (6...8).map { seq in
                IdentityEvent(seq: seq, tag: "b\(seq)", kind: .banned, userID: user(seq + 100), epoch: 1, at: Date())
            }
            sources.commit(others)
            try await until { (6...8).allSatisfy { isBanned($0 + 100) } }
        }
    }

    @Test func `while the stream is away the feed is polled`() async throws {
        try await following {
            try await until { table.isCurrent }
            sources.change { $0.isStreamAway = true }
            sources.commit([ban(1)])
            try await until { isBanned(1) }
            sources.commit([ban(2)])
            try await until { isBanned(2) }
        }
    }

    @Test func `a stream that comes back is enough, though the feed does not`() async throws {
        let table = RevocationTable(patience: .milliseconds(300))
        try await following(table) {
            try await until { table.isCurrent }
            sources.change { ($0.isFeedAway, $0.isStreamAway) = (true, true) }
            try await until { !table.isCurrent }
            sources.change { $0.isStreamAway = false }
            sources.commit([ban(1)])
            try await until { table.isCurrent && table.standing(of: user(1), session: nil, epoch: 0) == .banned }
        }
    }

    @Test func `a stream nobody fills any more counts as away`() async throws {
        try await following {
            try await until { table.isCurrent }
            sources.change { $0.isBeating = false }
            sources.change { $0.kept.append(ban(1)) }
            try await until { isBanned(1) }
        }
    }
}
