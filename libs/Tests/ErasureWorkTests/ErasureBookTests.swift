import DomainKit
import ErasureWork
import Foundation
import IdentityEvents
import Logging
import Postgres
import Synchronization
import Testing

/// What the book of erasures keeps of accounts beside each other.
extension ErasureFollowerTests {
    @Test func `a report that fails keeps what was removed since for the next one`() async throws {
        try await with { database in
            let (book, first, second) = (ErasureBook(database: database), UUID(), UUID())
            for user in [first, second] {
                try await database.execute(
                    """
                    INSERT INTO account_erasures (user_id, position, removed, done_at)
                    VALUES (\(user), '1', '{"things": 2}', now())
                    """)
            }
            try await database.execute(
                "INSERT INTO account_erasures (user_id, position, removed) VALUES (\(UUID()), '1', '{\"things\": 2}')")
            #expect(
                Set(try await book.unreported().map(\.account)) == [first, second], "what is under way is not told")
            try await book.noteReport(["things": 1], of: first)
            #expect(try await book.unreported().count == 2, "more was removed than was told")
            try await book.noteReport(["things": 2], of: first)
            #expect(try await book.unreported().map(\.account) == [second])
        }
    }

    @Test func `what is known stays as it is when it is read once more`() async throws {
        try await with { database in
            let book = ErasureBook(database: database)
            let user = feed.erase(seq: 1)
            let page = try await feed.erasures(after: nil)
            try await own(1, user, in: database)
            while try await follower(database).work() {}
            try await book.note(page)
            let row = try await database.first(
                "SELECT removed::text, done_at IS NOT NULL, reported_at IS NOT NULL FROM account_erasures")
            let (removed, isDone, isReported) = try #require(try row?.decode((String, Bool, Bool).self))
            #expect(removed == "{\"things\": 1}" && isDone && isReported)
            #expect(try await book.position() == page.next)
        }
    }

    @Test func `one that failed waits a minute, and nobody else`() async throws {
        try await with { database in
            let (stuck, other) = (feed.erase(seq: 1), feed.erase(seq: 2))
            let eraser = RowEraser()
            #expect(try await follower(database, eraser).work())
            eraser.stops.set(1)
            await #expect(throws: (any Error).self) { try await follower(database, eraser).work() }
            let waiting = try await database.query(
                "SELECT user_id FROM account_erasures WHERE retry_at > now() + interval '50 seconds'"
            ).decode(UUID.self)
            #expect(waiting.count == 1 && [stuck, other].contains(waiting[0]))
        }
    }

    @Test func `whoever has waited longest is next`() async throws {
        try await with { database in
            let book = ErasureBook(database: database)
            let users = (0..<5).map { _ in UUID() }
            for (index, user) in users.enumerated() {
                try await database.execute(
                    """
                    INSERT INTO account_erasures (user_id, position, retry_at)
                    VALUES (\(user), '1', now() - \(5 - index) * interval '1 minute')
                    """)
            }
            var done: [UUID] = []
            while case .done(let account, _) = try await book.advance(RowEraser()) { done.append(account) }
            #expect(done == users)
        }
    }

    @Test func `the last look comes when every token has ended, and not before`() async throws {
        try await with { database in
            let book = ErasureBook(database: database)
            try await database.execute(
                """
                INSERT INTO account_erasures (user_id, position, noted_at, retry_at)
                VALUES (\(UUID()), '1', now() - interval '10 minutes', now() - interval '1 minute')
                """)
            _ = try await book.advance(RowEraser())
            let seconds = try await database.first(
                "SELECT extract(epoch FROM retry_at - noted_at)::float8 FROM account_erasures")
            #expect(try seconds?.decode(Double.self) == ErasureBook.lastLook / .seconds(1))
            #expect(try await book.advance(RowEraser()) == .idle)
        }
    }

    @Test func `a step of one account that another replica is at is nobody else's meanwhile`() async throws {
        try await with { database in
            let book = ErasureBook(database: database)
            let (first, second) = (UUID(), UUID())
            for (index, user) in [first, second].enumerated() {
                try await database.execute(
                    """
                    INSERT INTO account_erasures (user_id, position, retry_at)
                    VALUES (\(user), '1', now() - \(2 - index) * interval '1 minute')
                    """)
            }
            try await database.transaction { transaction in
                _ = try await transaction.query("SELECT 1 FROM account_erasures WHERE user_id = \(first) FOR UPDATE")
                #expect(try await book.advance(RowEraser()) == .done(second, removed: [:]))
            }
        }
    }

    /// Waits for others once, and says how often it was told that a step is committed.
    final class WaitingEraser: AccountEraser {
        private let state = Mutex((steps: 0, settled: 0))
        var settled: Int { state.withLock { $0.settled } }

        func step(_ account: UserID, from place: UUID?, in transaction: PostgresTransaction) async throws -> ErasureStep
        {
            state.withLock { state in
                state.steps += 1
                return ErasureStep(next: state.steps == 1 ? .later : .done)
            }
        }

        func settle() async { state.withLock { $0.settled += 1 } }
    }

    @Test func `what takes its time elsewhere is looked at again in some seconds, and every step is settled`()
        async throws
    {
        try await with { database in
            feed.erase(seq: 1)
            let eraser = WaitingEraser()
            let follower = ErasureFollower(
                feed: feed, database: database, eraser: eraser, logger: Logger(label: "test"))
            #expect(try await follower.work(), "it is noted")
            #expect(try await follower.work())
            #expect(eraser.settled == 1)
            #expect(try await follower.work() == false, "nothing is due")
            let seconds = try await database.first(
                "SELECT extract(epoch FROM retry_at - now())::float8 FROM account_erasures")
            #expect(try (0.001...5).contains(seconds?.decode(Double.self) ?? 0))
            try await database.execute("UPDATE account_erasures SET retry_at = now()")
            while try await follower.work() {}
            #expect(eraser.settled == 2 && feed.reports.count == 1)
        }
    }
}
