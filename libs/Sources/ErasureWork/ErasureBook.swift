import DomainKit
public import Foundation
public import IdentityEvents
public import Postgres
import StorageKit

/// What a service knows of erased accounts, in two tables of its own database: how far it has read the feed
/// (`erasure_cursor`), and how far it has come with each account (`account_erasures`).
///
/// Any number of replicas may work on it: an account's row is locked for a step, and another replica takes another account.
/// A replica that is killed has done its last committed step, and the next one goes on from there.
public struct ErasureBook: Sendable {
    /// What came of a try to go on.
    public enum Advance: Sendable, Hashable {
        /// Nothing is due.
        case idle
        case stepped
        /// Nothing is kept of this account any more.
        case done(UUID, removed: [String: Int64])
    }

    /// So long after it heard of it, a service looks through an erased account once more: until then an access token may have
    /// been about that it took for good, with the word that it was void on its way.
    public static let lastLook = Duration.seconds(1_200)
    static let pauseForOthers = Duration.seconds(5)
    static let pauseAfterFailure = Duration.seconds(60)

    let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// Where to read on; nil before the first page.
    public func position() async throws -> IdentityPosition? {
        try await fromPostgres {
            let row = try await database.first("SELECT position FROM erasure_cursor")
            return try row.flatMap { IdentityPosition(try $0.decode(String.self)) }
        }
    }

    /// Notes what a page tells of and where the next begins: both, or neither. Of what is known nothing changes, but for an
    /// account that came back with an older database and was erased once more: that is work again.
    public func note(_ page: ErasurePage) async throws {
        let (users, positions) = (page.items.map(\.userID), page.items.map(\.position.description))
        _ = try await fromPostgres {
            try await database.atomically([
                """
                INSERT INTO account_erasures AS e (user_id, position)
                SELECT n.user_id, n.position FROM unnest(\(users)::uuid[], \(positions)::text[]) AS n (user_id, position)
                ON CONFLICT (user_id) DO UPDATE
                SET position = excluded.position, noted_at = now(), retry_at = now(), place = NULL, removed = '{}',
                    done_at = NULL, reported_at = NULL, closed_at = NULL
                WHERE e.position <> excluded.position
                """,
                """
                INSERT INTO erasure_cursor (position) VALUES (\(page.next.description))
                ON CONFLICT (is_only) DO UPDATE SET position = excluded.position
                """,
            ])
        }
    }

    /// Makes the next step of the account that has waited longest. One whose step fails waits a minute and lets others pass.
    ///
    /// Fails: unavailable, and as the eraser does.
    public func advance(_ eraser: some AccountEraser) async throws -> Advance {
        var account: UUID?
        do {
            return try await fromPostgres {
                try await database.transaction { transaction in
                    guard let work = try await Self.next(in: transaction) else { return .idle }
                    account = work.account
                    let step = try await eraser.step(UserID(work.account), from: work.place, in: transaction)
                    return try await Self.write(step, of: work, in: transaction)
                }
            }
        } catch {
            // Where not even that can be written the account is due as before, and tried again.
            if let account { try? await postpone(account) }
            throw error
        }
    }

    /// Accounts that are done and not reported yet, with what was removed.
    public func unreported(_ limit: Int = 100) async throws -> [(account: UUID, removed: [String: Int64])] {
        try await fromPostgres {
            try await database.query(
                """
                SELECT user_id, removed::text FROM account_erasures WHERE done_at IS NOT NULL AND reported_at IS NULL
                ORDER BY done_at LIMIT \(limit)
                """
            ).map { (try $0[0, as: UUID.self], try Self.counts(try $0[1, as: String.self])) }
        }
    }

    /// Notes that `removed` was reported; if more was removed since, that is still to be.
    public func noteReport(_ removed: [String: Int64], of account: UUID) async throws {
        let json = try Self.json(removed)
        _ = try await fromPostgres {
            try await database.execute(
                """
                UPDATE account_erasures SET reported_at = now()
                WHERE user_id = \(account) AND removed = \(json)::jsonb AND done_at IS NOT NULL
                """)
        }
    }
}
