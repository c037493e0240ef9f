import Foundation
import IdentityEvents
import Postgres

/// How what voids tokens is told: by rows of `identity_events`, which the transaction writes that makes the change.
///
/// Each row's number is the last lock a transaction takes, so what is changed is changed in full first: the rows are sorted
/// before the first is numbered, and only then does any of them wait.
enum IdentityEventRow {
    /// An `INSERT` of one event for each account in `changed`: a relation with the columns `id` and `epoch`, which has been
    /// raised. With none there, nothing is told.
    ///
    /// ```swift
    /// "WITH changed AS (UPDATE users u SET epoch = u.epoch + 1 ... RETURNING u.id, u.epoch) \(sql: insertion(.banned, from: "changed"))"
    /// ```
    static func insertion(_ kind: IdentityEvent.Kind, from changed: SQL) -> SQL {
        """
        INSERT INTO identity_events (seq, kind, user_id, epoch)
        SELECT next_identity_event(), \(kind.rawValue)::text, e.id, e.epoch
        FROM (SELECT c.id, c.epoch FROM \(sql: changed) c ORDER BY c.id) e
        """
    }

    /// An `INSERT` of one event for each session in `ended`, a relation with the columns `id`, `user_id`, `expires_at` and
    /// the account's `epoch`. Those that were over have no tokens left: each lives shorter than a session that is not used.
    static func endings(of ended: SQL) -> SQL {
        """
        INSERT INTO identity_events (seq, kind, user_id, session_id, epoch)
        SELECT next_identity_event(), \(IdentityEvent.Kind.sessionEnded.rawValue)::text, e.user_id, e.id, e.epoch
        FROM (SELECT s.* FROM \(sql: ended) s WHERE s.expires_at > now() ORDER BY s.id) e
        """
    }
    /// Of `seq, tag, kind, user_id, session_id, epoch, at`.
    static func read(_ row: PostgresRow) throws -> IdentityEvent {
        IdentityEvent(
            seq: try row[0, as: Int64.self], tag: try row[1, as: String.self],
            kind: IdentityEvent.Kind(rawValue: try row[2, as: String.self]), userID: try row[3, as: UUID.self],
            sessionID: try row[4, as: UUID?.self], epoch: try row[5, as: Int64.self], at: try row[6, as: Date.self])
    }
}
