import DomainKit
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

    /// The account's row is locked first, as whoever changes its factor or signs in does; then come the code, the sessions, the
    /// head of the events and that of the audit trail.
    public func request(
        of seen: Credentials, on ground: ErasureGround, after grace: Duration, by author: AuditAuthor
    ) async throws -> ErasureRequest {
        try await fromPostgres(constraints: PostgresAdministration.rules) {
            try await database.transaction { transaction in
                let id = seen.user.id
                let row = try await transaction.first(
                    "SELECT password_hash, epoch, second_factor FROM users WHERE id = \(id.uuid) FOR NO KEY UPDATE")
                guard let row else { return .gone }
                let (hash, epoch, factor) = try row.decode((String, Int64, UUID?).self)
                guard hash == seen.hash.phc, epoch == seen.user.epoch, factor == seen.secondFactor?.uuid else {
                    return .stale
                }
                if let refusal = try await Self.use(ground, of: seen, in: transaction) { return refusal }
                return .noted(eraseAt: try await Self.note(id, after: grace, by: author, in: transaction))
            }
        }
    }

    /// What stands against it, if anything does.
    private static func use(
        _ ground: ErasureGround, of seen: Credentials, in transaction: PostgresTransaction
    ) async throws -> ErasureRequest? {
        switch ground {
        case .password: return nil
        case .code(let proof):
            guard let factor = seen.secondFactor else { return .stale }
            let isUsed = try await PostgresSecondFactors.use(proof, of: seen.user.id, factor, in: transaction)
            return isUsed ? nil : .codeSpent
        case .session(let session):
            let open = try await transaction.first(
                """
                SELECT id FROM sessions
                WHERE id = \(session.uuid) AND user_id = \(seen.user.id.uuid) AND expires_at > now()
                """)
            return open == nil ? .stale : nil
        }
    }

    private static func note(
        _ id: UserID, after grace: Duration, by author: AuditAuthor, in transaction: PostgresTransaction
    ) async throws -> Date {
        let account: SQL = "(SELECT id, epoch FROM users WHERE id = \(id.uuid))"
        try await transaction.execute("UPDATE users SET epoch = epoch + 1 WHERE id = \(id.uuid)")
        let row = try await transaction.first(
            """
            INSERT INTO pending_erasures AS a (user_id, erase_at)
            VALUES (\(id.uuid), clock_timestamp() + \(grace / .seconds(1)) * interval '1 second')
            ON CONFLICT (user_id) DO UPDATE SET user_id = a.user_id RETURNING a.erase_at
            """)
        guard let row else { throw Failure.unavailable("account") }
        try await transaction.execute("DELETE FROM sessions WHERE user_id = \(id.uuid)")
        try await transaction.execute(SecurityEventRow.insertion(.erasureRequested, of: account))
        try await transaction.execute(IdentityEventRow.insertion(.erasureRequested, from: account))
        try await transaction.execute(AuditLine.insertion(.erasureRequested, of: account, by: author))
        return try row[0, as: Date.self]
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
                try await dropExports(of: id)
                if try await eraseIfDue(id) { erased += 1 }
            } catch let failure as Failure where failure.kind != .unavailable {
                logger.error(
                    "account not erased",
                    metadata: ["account": "\(id)", "cause": "\(failure.cause.map { "\($0)" } ?? failure.code)"])
            }
        }
        return erased
    }

    /// What was put together for the account goes before it does, piece by piece: there may be gigabytes, and whoever erases holds up
    /// all that is told of accounts until the commit.
    private func dropExports(of id: UserID) async throws {
        try await fromPostgres {
            try await database.execute(
                "UPDATE data_exports SET expires_at = now() WHERE user_id = \(id.uuid) AND expires_at > now()")
            var left = 1
            while left > 0 {
                left = try await database.execute(
                    """
                    DELETE FROM data_export_files WHERE (export_id, service, number) IN (
                        SELECT f.export_id, f.service, f.number FROM data_export_files f
                        JOIN data_exports x ON x.id = f.export_id WHERE x.user_id = \(id.uuid) LIMIT 50)
                    """)
            }
        }
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
