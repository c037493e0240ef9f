public import DomainKit
import Foundation
public import IdentityEvents
public import Logging
public import Postgres
import StorageKit
public import UserDomain

/// Erasures in PostgreSQL.
///
/// The row in `erasures`, which other services read on from, and the trail without names come of a trigger on the event that tells
/// of the erasure (`note_erasure`): in the same transaction, whatever program erases.
public struct PostgresErasures: ErasureStore {
    let database: PostgresClient
    private let logger: Logger
    private let page: Int

    /// - Parameter page: how many erasures a service is given at a time.
    public init(database: PostgresClient, logger: Logger, page: Int = 100) {
        self.database = database
        self.logger = logger
        self.page = page
    }

    public func request(
        of id: UserID, checked: PasswordHash, after grace: Duration, by author: AuditAuthor
    ) async throws -> ErasureRequest {
        let justWritten: SQL =
            "(SELECT id, epoch FROM users WHERE id = \(id.uuid) AND xmin = pg_current_xact_id()::xid)"
        let rows = try await fromPostgres(constraints: PostgresAdministration.rules) {
            try await database.atomically([
                """
                WITH present AS (\(sql: PostgresAccounts.locked(id))), changed AS (
                    UPDATE users u SET epoch = u.epoch + 1 FROM present p
                    WHERE u.id = p.id AND p.password_hash = \(checked.phc) RETURNING u.id
                ), asked AS (
                    INSERT INTO pending_erasures AS a (user_id, erase_at)
                    SELECT id, now() + \(grace / .seconds(1)) * interval '1 second' FROM changed
                    ON CONFLICT (user_id) DO UPDATE SET user_id = a.user_id RETURNING a.erase_at
                )
                SELECT a.erase_at FROM present LEFT JOIN asked a ON true
                """,
                // A session of a sign-in that the first one waited for is seen by a statement of its own.
                "DELETE FROM sessions s USING \(sql: justWritten) a WHERE s.user_id = a.id",
                SecurityEventRow.insertion(.erasureRequested, of: justWritten),
                IdentityEventRow.insertion(.erasureRequested, from: justWritten),
                AuditLine.insertion(.erasureRequested, of: justWritten, by: author),
            ])
        }
        guard let row = rows[0].first else { return .gone }
        return try row[0, as: Date?.self].map { .noted(eraseAt: $0) } ?? .stale
    }

    public func eraseDue(most: Int) async throws -> Int {
        let due = try await fromPostgres {
            try await database.query(
                "SELECT user_id FROM pending_erasures WHERE erase_at <= now() ORDER BY erase_at LIMIT \(most)"
            ).map { UserID(try $0[0, as: UUID.self]) }
        }
        var erased = 0
        for id in due {
            do {
                if try await eraseIfDue(id) { erased += 1 }
            } catch let failure as Failure where failure.kind != .unavailable {
                logger.error(
                    "account not erased",
                    metadata: ["account": "\(id)", "cause": "\(failure.cause.map { "\($0)" } ?? failure.code)"])
            }
        }
        return erased
    }

    /// The account's row is locked by a statement of its own first: a sign-in that held it has taken the erasure back, or is not
    /// let in.
    private func eraseIfDue(_ id: UserID) async throws -> Bool {
        let isDue: SQL =
            "EXISTS (SELECT FROM pending_erasures d WHERE d.user_id = p.id AND d.erase_at <= clock_timestamp())"
        let rows = try await fromPostgres(constraints: PostgresAdministration.rules) {
            try await database.atomically([
                "SELECT id FROM users WHERE id = \(id.uuid) FOR UPDATE",
                PostgresAccounts.erasure(of: id, if: isDue, by: AuditAuthor(actor: .time)),
            ])
        }
        guard case .made = try UserRow.readChange(rows[1].first) else { return false }
        logger.notice("account erased", metadata: ["account": "\(id)"])
        return true
    }

    public func erasures(after position: IdentityPosition?) async throws -> ErasurePage {
        let (seq, tag) = (position?.seq ?? 0, position.flatMap { UUID(uuidString: $0.tag) })
        return try await fromPostgres {
            // The one at the position is read along, as a sign that it is there: else it is another history, read from its beginning.
            var found = try await database.query(
                """
                SELECT e.user_id, e.seq, e.tag, e.at FROM erasures e
                WHERE e.seq >= coalesce((SELECT k.seq FROM erasures k WHERE k.seq = \(seq) AND k.tag = \(tag)::uuid), 0)
                ORDER BY e.seq LIMIT \(page + 1)
                """
            ).map(ErasureRow.account)
            let stands = found.first?.position ?? .beginning
            if stands == position, !found.isEmpty { found.removeFirst() }
            let items = Array(found.prefix(page))
            return ErasurePage(items: items, next: items.last?.position ?? stands)
        }
    }
}
