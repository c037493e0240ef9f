import Postgres

/// What an event of an account or a session is called where it is stored.
enum IdentityEventKind: String, Sendable, CaseIterable {
    case banned
    case banLifted = "ban_lifted"
    case rolesChanged = "roles_changed"
    case membershipChanged = "membership_changed"
    case passwordReset = "password_reset"
    case sessionEnded = "session_ended"
    case accountErased = "account_erased"
}

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
    static func insertion(_ kind: IdentityEventKind, from changed: SQL) -> SQL {
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
        SELECT next_identity_event(), \(IdentityEventKind.sessionEnded.rawValue)::text, e.user_id, e.id, e.epoch
        FROM (SELECT s.* FROM \(sql: ended) s WHERE s.expires_at > now() ORDER BY s.id) e
        """
    }
}
