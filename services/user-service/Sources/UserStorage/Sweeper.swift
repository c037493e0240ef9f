import DomainKit
public import Logging
public import Postgres
import PostgresIdempotency
import StorageKit
import UserDomain

/// Removes what has expired: sessions, kept answers, devices not seen for long, sign-ins without a second step, challenges
/// without an answer, factors
/// without a first code, wrong passwords of long ago, events whose tokens have expired, exports whose time is over
/// and what there is of those that failed, deliveries and notices of long ago, mails that
/// are done with.
///
/// In batches, so that nobody waits behind one; one replica at a time; and a kind of rows that cannot be removed keeps no
/// other from going.
public struct Sweeper: Sendable {
    private let database: PostgresClient
    private let logger: Logger

    public init(database: PostgresClient, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// One round; returns how many rows went.
    @discardableResult
    public func sweep() async -> Int {
        var removed = 0
        for (table, key, isOver) in Self.kinds {
            removed += await trying(table.text) { try await sweep(table, key, isOver) }
        }
        for table in [KeptAnswers.table, PostgresIdempotencyStore.defaultTable] {
            let answers = PostgresIdempotencyStore(database: database, table: table)
            removed += await trying(table) { try await answers.sweep() }
        }
        return removed
    }

    private func trying(_ table: String, _ sweep: () async throws -> Int) async -> Int {
        do {
            return try await sweep()
        } catch {
            logger.warning("expired rows not removed", metadata: ["table": "\(table)", "error": "\(error)"])
            return 0
        }
    }

    private func sweep(_ table: SQL, _ key: SQL, _ isOver: SQL) async throws -> Int {
        try await fromPostgres {
            try await database.sweep("user.\(table.text)") { transaction, batch in
                try await transaction.execute(
                    """
                    DELETE FROM \(sql: table) WHERE (\(sql: key)) IN (
                        SELECT \(sql: key) FROM \(sql: table) WHERE \(sql: isOver)
                        LIMIT \(batch) FOR UPDATE SKIP LOCKED)
                    """)
            } ?? 0
        }
    }

    private static let kinds: [(table: SQL, key: SQL, isOver: SQL)] = [
        ("sessions", "id", "expires_at <= now()"),
        ("devices", "digest", "last_seen_at <= now() - \(DeviceToken.days) * interval '1 day'"),
        ("sign_in_steps", "digest", "expires_at <= now()"),
        ("passkey_challenges", "challenge", "expires_at <= now()"),
        (
            "totp_factors", "id",
            """
            confirmed_at IS NULL AND created_at <= now() - \(SecondFactor.confirmedWithin / .seconds(1)) * interval '1 second'
            """
        ),
        ("service_client_secrets", "client_id, digest", "valid_until <= now()"),
        // No token of theirs lives for an hour and a quarter.
        ("signing_keys", "id", "retired_at <= now() - interval '1 day'"),
        ("guesses", "budget", "since <= now() - \(GuessRules.window / .seconds(1)) * interval '1 second'"),
        ("security_events", "id", "at <= now() - \(SecurityEvent.daysKept) * interval '1 day'"),
        ("mails", "id", "ended_at <= now() - interval '7 days'"),
        ("mail_tokens", "user_id, purpose", "expires_at <= now()"),
        ("email_changes", "user_id", "expires_at <= now()"),
        ("mail_turns", "name", "at <= now() - interval '1 hour'"),
        (
            "webhook_deliveries", "source, id",
            "at <= now() - \(WebhookDelivery.daysKept) * interval '1 day'"
        ),
        // Before what they belong to, which would take them all along at once.
        (
            "data_export_files", "export_id, service, number",
            """
            EXISTS (SELECT FROM data_exports x WHERE x.id = export_id
                    AND (x.expires_at <= now() OR x.ready_at IS NULL AND x.fails_at <= now()))
            """
        ),
        ("data_exports", "id", "expires_at <= now()"),
        // No token lives half as long. The last one stays: it is where readers of the next ones stand.
        (
            "identity_events", "seq",
            "at <= now() - interval '2 hours' AND seq < (SELECT max(seq) FROM identity_events)"
        ),
    ]
}
