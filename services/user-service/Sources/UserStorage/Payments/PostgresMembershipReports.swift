import DomainKit
import Foundation
public import Postgres
import StorageKit
public import UserDomain

/// What payment providers tell, in PostgreSQL.
///
/// A delivery's row is the first lock a transaction takes: a repeat waits for the first attempt there, and finds its answer,
/// or takes its place when it came to nothing. Then come the account, the head of the events and that of the audit trail.
public struct PostgresMembershipReports: MembershipReports {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func take(
        _ delivery: WebhookDelivery, _ report: MembershipReport?, requestID: String
    ) async throws -> DeliveryReceipt {
        try await fromPostgres {
            try await database.transaction { transaction in
                let (now, isNew) = try await Self.enter(delivery, in: transaction)
                try delivery.check(at: now)
                guard isNew else { return try await Self.earlierReceipt(of: delivery, in: transaction) }
                guard let report else { return DeliveryReceipt(.ignored) }
                return try await Self.apply(report, of: delivery, requestID, in: transaction)
            }
        }
    }

    private static func enter(
        _ delivery: WebhookDelivery, in transaction: PostgresTransaction
    ) async throws -> (now: Date, isNew: Bool) {
        let row = try await transaction.query(
            """
            WITH entered AS (
                INSERT INTO webhook_deliveries (source, id, digest, outcome)
                VALUES (\(delivery.source.description), \(delivery.id), \(delivery.digest),
                        \(DeliveryOutcome.ignored.rawValue))
                ON CONFLICT (source, id) DO NOTHING RETURNING 1
            )
            SELECT now(), EXISTS (SELECT 1 FROM entered)
            """
        ).first
        guard let row else { throw Failure.unavailable("postgres") }
        return (try row[0, as: Date.self], try row[1, as: Bool.self])
    }

    private static func earlierReceipt(
        of delivery: WebhookDelivery, in transaction: PostgresTransaction
    ) async throws -> DeliveryReceipt {
        let row = try await transaction.query(
            """
            SELECT digest, outcome FROM webhook_deliveries
            WHERE source = \(delivery.source.description) AND id = \(delivery.id)
            """
        ).first
        // Swept this moment, days after it came.
        guard let row else { throw Failure.unavailable("postgres") }
        let (digest, outcome) = try row.decode((Data, String).self)
        try delivery.check(isRepeatOf: digest)
        return DeliveryReceipt(DeliveryOutcome(rawValue: outcome), isRepeat: true)
    }

    private static func apply(
        _ report: MembershipReport, of delivery: WebhookDelivery, _ requestID: String,
        in transaction: PostgresTransaction
    ) async throws -> DeliveryReceipt {
        let (id, source) = (report.userID.uuid, delivery.source.description)
        let account = try await transaction.query(
            "SELECT \(sql: ManagedUserRow.columns) FROM users u WHERE u.id = \(id) FOR NO KEY UPDATE OF u"
        ).first.map(ManagedUserRow.read)
        // A statement of its own: it must see what another delivery wrote for which the one above waited.
        let seen = try await transaction.query(
            """
            SELECT now(), (SELECT at FROM membership_reports WHERE user_id = \(id) AND source = \(source))
            """
        ).first
        guard let (now, last) = try seen?.decode((Date, Date?).self) else { throw Failure.unavailable("postgres") }
        let verdict = try report.verdict(on: account?.user, from: delivery.source, last: last, at: now)
        if let former = account?.user, let present = verdict.present, let ruling = verdict.ruling {
            let author = AuditAuthor(
                actor: .source(delivery.source), requestID: requestID, reason: "webhook-id \(delivery.id)")
            try await transaction.execute(
                PostgresAdministration.change(ruling, from: former, to: present, by: author))
        }
        if verdict.counts {
            try await transaction.execute(
                """
                INSERT INTO membership_reports (user_id, source, at) VALUES (\(id), \(source), \(report.at))
                ON CONFLICT (user_id, source) DO UPDATE SET at = excluded.at
                """)
        }
        try await transaction.execute(
            """
            UPDATE webhook_deliveries SET outcome = \(verdict.outcome.rawValue)
            WHERE source = \(source) AND id = \(delivery.id)
            """)
        return DeliveryReceipt(verdict.outcome)
    }
}
