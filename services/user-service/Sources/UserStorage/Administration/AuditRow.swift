import DomainKit
import Foundation
import Postgres
import UserDomain

/// How a line of the audit trail is laid out in a row of `audit_events a`.
enum AuditRow {
    static let columns: SQL = """
        a.id, a.seq, a.at, a.actor_id, a.subject_id, a.action, a.reason, a.request_id, a.before::text, a.after::text, a.hash,
        a.actor, a.names_removed
        """

    static func read(_ row: PostgresRow) throws -> AuditRecord {
        AuditRecord(
            id: try row[0, as: UUID.self], seq: try row[1, as: Int64.self], at: try row[2, as: Date.self],
            actorID: try row[3, as: UUID?.self].map { UserID($0) },
            actor: try row[11, as: String?.self].map { AuditActor(rawValue: $0) },
            subjectID: try row[4, as: UUID?.self].map { UserID($0) },
            action: AuditAction(rawValue: try row[5, as: String.self]), reason: try row[6, as: String?.self],
            requestID: try row[7, as: String?.self], before: try row[8, as: String?.self],
            after: try row[9, as: String?.self], hash: try row[10, as: Data.self],
            hasLostNames: try row[12, as: Bool.self])
    }
}
