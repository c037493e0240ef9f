import DomainKit
import Foundation
import Postgres
import StorageKit
import UserDomain

/// The mails that wait, for those who send them: any number of replicas. All time is the database's.
struct PostgresMailbox: Sendable {
    /// What became of a mail that nobody is to send any more.
    enum End: String, Sendable {
        case sent, refused, expired, unusable
        /// Its token is worth nothing any more.
        case void
        /// Two tries may have delivered it; a third one is not made.
        case uncertain
    }

    private let database: PostgresClient
    /// Longer than any transport is at one message.
    private let lease: Duration

    init(database: PostgresClient, lease: Duration) {
        self.database = database
        self.lease = lease
    }

    /// The one that waits longest, for this caller alone until the lease is over; whoever has it then found nobody alive. Mails
    /// of a kind that this version does not know are left to those that do.
    func claim() async throws -> WaitingMail? {
        try await fromPostgres {
            try await database.first(
                """
                WITH due AS (
                    SELECT id FROM mails
                    WHERE state = 'waiting' AND not_before <= now() AND kind = ANY(\(MailKind.all.map(\.name)))
                    ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED
                )
                UPDATE mails m SET claim = gen_random_uuid(), tries = m.tries + 1,
                    doubts = m.doubts + CASE WHEN m.claim IS NULL THEN 0 ELSE 1 END,
                    not_before = now() + \(lease / .seconds(1)) * interval '1 second'
                FROM due d WHERE m.id = d.id
                RETURNING \(sql: WaitingMail.columns)
                """
            ).map { try WaitingMail($0) }
        }
    }

    /// For good, and its token with it. False when the mail is somebody else's by now.
    func end(_ mail: WaitingMail, _ end: End, failure: String? = nil) async throws -> Bool {
        let state = end == .sent ? "sent" : "failed"
        return try await fromPostgres {
            try await database.execute(
                """
                UPDATE mails SET state = \(state), outcome = \(end.rawValue), failure = \(failure)::text, secret = NULL, digest = NULL,
                    claim = NULL, ended_at = now()
                WHERE id = \(mail.id) AND claim = \(mail.claim)
                """) == 1
        }
    }

    /// Not before `pause` is over.
    ///
    /// - Parameters:
    ///   - mayHaveGone: nobody knows whether this try delivered it.
    ///   - isTry: false where the mail has nothing to do with the failure.
    func putBack(
        _ mail: WaitingMail, for pause: Duration, mayHaveGone: Bool = false, isTry: Bool = true, failure: String
    ) async throws -> Bool {
        try await fromPostgres {
            try await database.execute(
                """
                UPDATE mails SET claim = NULL, not_before = now() + \(pause / .seconds(1)) * interval '1 second',
                    failure = \(failure)::text, doubts = doubts + \(mayHaveGone ? 1 : 0)::integer,
                    tries = tries - \(isTry ? 0 : 1)::integer
                WHERE id = \(mail.id) AND claim = \(mail.claim)
                """) == 1
        }
    }

    /// How many wait, and how long the oldest of those that could have gone by now has; zero where none does.
    func backlog() async throws -> (waiting: Int, oldest: Duration) {
        let row = try await fromPostgres {
            try await database.first(
                """
                SELECT count(*), coalesce(extract(epoch FROM now() - min(greatest(created_at, coalesce(
                    CASE WHEN claim IS NULL AND tries = 0 THEN not_before END, created_at)))), 0)::float8
                FROM mails WHERE state = 'waiting'
                """)
        }
        guard let (waiting, oldest) = try row?.decode((Int, Double).self) else { return (0, .zero) }
        return (waiting, .seconds(max(0, oldest)))
    }
}
