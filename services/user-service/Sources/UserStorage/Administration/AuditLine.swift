import DomainKit
import Foundation
import Postgres
import UserDomain

/// How a line comes into the audit trail that says no more than what was done to whom by whom: with the statement that does
/// it.
enum AuditLine {
    /// An `INSERT` of one line for each account in `accounts`, a relation with a column `id`.
    static func insertion(_ action: AuditAction, of accounts: SQL, by author: AuditAuthor) -> SQL {
        """
        INSERT INTO audit_events (actor_id, actor, subject_id, action, reason, request_id)
        SELECT \(author.id?.uuid)::uuid, \(author.actor?.rawValue)::text, l.id, \(action.rawValue),
               \(author.reason)::text, \(author.requestID)::text
        FROM \(sql: accounts) l
        """
    }

    /// The rows of `changed`, once `told`, an `INSERT ... RETURNING` of their events, has been carried out: counting reads
    /// all of it. The head of the trail is locked after that of the events, always.
    static func accounts(of changed: SQL, after told: SQL, where isMeant: SQL = "true") -> SQL {
        """
        (SELECT c.* FROM \(sql: changed) c CROSS JOIN (SELECT count(*) AS events FROM \(sql: told)) t
         WHERE t.events >= 0 AND \(sql: isMeant))
        """
    }
}
