import DomainKit
import ErasureWork
import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Postgres
import Synchronization
import Testing

/// A feed as user-service has it, with what was reported to it.
final class TestFeed: ErasureFeed {
    private struct State {
        var erased: [ErasedAccount] = []
        var reports: [UUID: [String: Int64]] = [:]
        var isAway = false
        var forgetsReports = false
    }

    private let state = Mutex(State())

    var reports: [UUID: [String: Int64]] { state.withLock { $0.reports } }

    func set(isAway: Bool = false, forgetsReports: Bool = false) {
        state.withLock { ($0.isAway, $0.forgetsReports) = (isAway, forgetsReports) }
    }

    @discardableResult
    func erase(_ user: UUID = UUID(), seq: Int64) -> UUID {
        let position = IdentityPosition(seq: seq, tag: UUID().lowercased)
        state.withLock { state in
            state.erased.removeAll { $0.userID == user }
            state.erased.append(ErasedAccount(userID: user, position: position, at: Date()))
        }
        return user
    }

    func erasures(after position: IdentityPosition?) async throws -> ErasurePage {
        try state.withLock { state in
            if state.isAway { throw Failure.unavailable("user-service") }
            let isKnown = state.erased.contains { $0.position == position }
            let items = state.erased.filter { !isKnown || $0.position.seq > position?.seq ?? 0 }.prefix(2)
            return ErasurePage(
                items: Array(items), next: items.last?.position ?? (isKnown ? position : nil) ?? .beginning)
        }
    }

    func report(_ removed: [String: Int64], of user: UUID) async throws {
        try state.withLock { state in
            if state.isAway { throw Failure.unavailable("user-service") }
            state.reports[user] = removed
            // As when the answer is lost.
            if state.forgetsReports { throw Failure.unavailable("user-service") }
        }
    }
}

/// Takes out the rows of a table, two a step; fails where it is told to, after its work and before the commit.
struct RowEraser: AccountEraser {
    struct Killed: Error {}

    final class Stops: Sendable {
        private let left = Mutex(0)
        func set(_ count: Int) { left.withLock { $0 = count } }
        func next() -> Bool {
            left.withLock {
                $0 -= 1; return $0 >= 0
            }
        }
    }

    var stops = Stops()

    func step(_ account: UserID, from place: UUID?, in transaction: PostgresTransaction) async throws -> ErasureStep {
        let count = try await transaction.execute(
            """
            DELETE FROM things WHERE id IN (
                SELECT id FROM things WHERE owner_id = \(account.uuid) ORDER BY id LIMIT 2)
            """)
        if stops.next() { throw Killed() }
        return ErasureStep(removed: ["things": Int64(count)], next: count == 2 ? .more(from: account.uuid) : .done)
    }
}

@Suite struct ErasureFollowerTests {
    let feed = TestFeed()

    func with(_ body: (PostgresClient) async throws -> Void) async throws {
        let database = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        try await database.closing {
            // As in the services' migrations.
            _ = try await database.atomically([
                """
                CREATE TABLE account_erasures (
                    user_id uuid PRIMARY KEY, position text NOT NULL, noted_at timestamptz NOT NULL DEFAULT now(),
                    place uuid, removed jsonb NOT NULL DEFAULT '{}', retry_at timestamptz NOT NULL DEFAULT now(),
                    done_at timestamptz, reported_at timestamptz, closed_at timestamptz)
                """,
                """
                CREATE TABLE erasure_cursor (
                    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), position text NOT NULL)
                """, "CREATE TABLE things (id bigint GENERATED ALWAYS AS IDENTITY, owner_id uuid)",
            ])
            try await body(database)
        }
    }

    func follower(_ database: PostgresClient, _ eraser: RowEraser = RowEraser()) -> ErasureFollower<RowEraser> {
        ErasureFollower(feed: feed, database: database, eraser: eraser, logger: Logger(label: "test"))
    }

    func own(_ count: Int, _ user: UUID, in database: PostgresClient) async throws {
        try await database.execute("INSERT INTO things (owner_id) SELECT \(user) FROM generate_series(1, \(count))")
    }

    func things(_ database: PostgresClient) async throws -> Int {
        try await database.first("SELECT count(*) FROM things")?.decode(Int.self) ?? -1
    }

    @Test func `every account is taken out and reported once, with all that was removed`() async throws {
        try await with { database in
            let users = (1...5).map { feed.erase(seq: $0) }
            for (index, user) in users.enumerated() { try await own(index, user, in: database) }
            try await own(3, UUID(), in: database)
            while try await follower(database).work() {}
            #expect(
                feed.reports
                    == Dictionary(
                        uniqueKeysWithValues: users.enumerated().map { index, user in
                            (user, index == 0 ? [:] : ["things": Int64(index)])
                        }))
            #expect(try await things(database) == 3, "others keep what they have")
        }
    }

    @Test func `a replica that is killed in any step leaves nothing undone, and nothing counted twice`() async throws {
        try await with { database in
            let user = feed.erase(seq: 1)
            try await own(7, user, in: database)
            let eraser = RowEraser()
            var kills = 0
            var isBusy = true
            while isBusy {
                eraser.stops.set(kills % 2 == 0 ? 1 : 0)
                do {
                    isBusy = try await follower(database, eraser).work()
                } catch let failure as Failure where failure.cause is RowEraser.Killed {
                    // Not a minute later.
                    try await database.execute("UPDATE account_erasures SET retry_at = now()")
                }
                kills += 1
            }
            #expect(feed.reports == [user: ["things": 7]])
            #expect(try await things(database) == 0)
        }
    }

    @Test func `an account that cannot be taken out lets others pass`() async throws {
        try await with { database in
            let (stuck, other) = (feed.erase(seq: 1), feed.erase(seq: 2))
            try await own(1, other, in: database)
            let eraser = RowEraser()
            #expect(try await follower(database, eraser).work())
            eraser.stops.set(1)
            await #expect(throws: (any Error).self) { try await follower(database, eraser).work() }
            while try await follower(database, eraser).work() {}
            #expect(Set(feed.reports.keys).count == 1)
            try await database.execute("UPDATE account_erasures SET retry_at = now() WHERE done_at IS NULL")
            while try await follower(database, eraser).work() {}
            #expect(Set(feed.reports.keys) == [stuck, other])
        }
    }

    @Test func `with user-service away what is known is done, and reported when it is back`() async throws {
        try await with { database in
            let user = feed.erase(seq: 1)
            try await own(3, user, in: database)
            #expect(try await follower(database).work())
            feed.set(isAway: true)
            #expect(try await follower(database).work())
            #expect(try await follower(database).work())
            #expect(try await things(database) == 0)
            await #expect(throws: Failure.self) { try await follower(database).work() }
            feed.set(forgetsReports: true)
            await #expect(throws: Failure.self) { try await follower(database).work() }
            feed.set()
            while try await follower(database).work() {}
            #expect(feed.reports == [user: ["things": 3]])
        }
    }

    @Test func `after the last token has ended an account is looked through once more`() async throws {
        try await with { database in
            let user = feed.erase(seq: 1)
            try await own(1, user, in: database)
            while try await follower(database).work() {}
            // Made with a token that was void, while nobody here had heard of that.
            try await own(1, user, in: database)
            while try await follower(database).work() {}
            #expect(try await things(database) == 1)
            try await database.execute("UPDATE account_erasures SET retry_at = now()")
            while try await follower(database).work() {}
            #expect(try await things(database) == 0)
            #expect(feed.reports == [user: ["things": 2]])
            let open = try await database.first("SELECT count(*) FROM account_erasures WHERE closed_at IS NULL")
            #expect(try open?.decode(Int.self) == 0)
        }
    }

    @Test func `an account that came back with a backup and is erased again is work again`() async throws {
        try await with { database in
            let user = feed.erase(seq: 5)
            try await own(1, user, in: database)
            while try await follower(database).work() {}
            // A number of another history.
            feed.erase(user, seq: 3)
            try await own(2, user, in: database)
            while try await follower(database).work() {}
            #expect(try await things(database) == 0)
            #expect(feed.reports == [user: ["things": 2]])
        }
    }

    @Test func `replicas at work together take everything out once`() async throws {
        try await with { database in
            let users = (1...6).map { feed.erase(seq: $0) }
            for user in users { try await own(9, user, in: database) }
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask { [follower = follower(database)] in while try await follower.work() {} }
                }
                try await group.waitForAll()
            }
            while try await follower(database).work() {}
            #expect(feed.reports == Dictionary(uniqueKeysWithValues: users.map { ($0, ["things": 9]) }))
        }
    }
}
