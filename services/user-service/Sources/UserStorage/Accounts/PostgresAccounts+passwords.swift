public import DomainKit
public import Foundation
import IdentityEvents
import Postgres
import StorageKit
public import UserDomain

/// Changes of the password. Each ends sessions in the same transaction, in a statement of its own: it must see the session
/// of a sign-in for which the first one waited. A session opened later is checked against the new hash. Whether the first
/// one changed anything, those after it see from the row: only then has this transaction written it (`xmin`).
extension PostgresAccounts {
    public func changePassword(
        of id: UserID, from old: PasswordHash, to new: PasswordHash, keeping kept: SessionID?, by author: AuditAuthor,
        on device: Device
    ) async throws -> AccountChange {
        let voiding: SQL = kept == nil ? ", epoch = u.epoch + 1" : ""
        let change: SQL = """
            WITH present AS (\(sql: Self.locked(id))), changed AS (
                UPDATE users u SET password_hash = \(new.phc)\(sql: voiding)
                FROM present p WHERE u.id = p.id AND p.password_hash = \(old.phc)
                RETURNING u.*
            )
            \(sql: Self.outcome)
            """
        // Last, as the head of the trail is locked after that of the events.
        let line = AuditLine.insertion(.passwordChanged, of: Self.justWritten(id), by: author)
        let notice = SecurityEventRow.insertion(
            .passwordChanged, of: Self.justWritten(id), session: kept, device: device)
        guard let kept else { return try await reset(change, of: id, [notice], line) }
        return try await make(
            change, notice, Self.forgetting(id),
            """
            WITH ended AS (
                DELETE FROM sessions s USING \(sql: Self.justWritten(id)) a
                WHERE s.user_id = a.id AND s.id <> \(kept.uuid)
                RETURNING s.id, s.user_id, s.expires_at, a.epoch
            )
            \(sql: IdentityEventRow.endings(of: "ended"))
            """, line)
    }

    public func appointAdmin(_ known: Credentials, newHash: PasswordHash?, at now: Date) async throws -> AccountChange {
        let id = known.user.id
        let isNew: SQL = newHash == nil ? "NOT 'admin' = ANY(u.roles)" : "true"
        let change: SQL = """
            WITH present AS (\(sql: Self.locked(id))), changed AS (
                UPDATE users u
                SET roles = ARRAY(SELECT DISTINCT r FROM unnest(u.roles || 'admin'::text) r ORDER BY r),
                    password_hash = \((newHash ?? known.hash).phc), version = u.version + 1, updated_at = \(now),
                    epoch = u.epoch + CASE WHEN \(sql: isNew) THEN 1 ELSE 0 END
                FROM present p
                WHERE u.id = p.id AND p.version = \(known.user.version) AND p.password_hash = \(known.hash.phc)
                RETURNING u.*
            )
            """
        let line = try appointment(of: known.user)
        guard newHash == nil else {
            let notice = SecurityEventRow.insertion(.passwordChanged, of: Self.justWritten(id))
            return try await reset("\(sql: change) \(sql: Self.outcome)", of: id, [notice], line)
        }
        let appointed: SQL = "(SELECT c.* FROM changed c JOIN present p USING (id) WHERE c.epoch > p.epoch)"
        return try await make(
            """
            \(sql: change), told AS (\(sql: IdentityEventRow.insertion(.rolesChanged, from: appointed)))
            \(sql: Self.outcome)
            """, line)
    }

    /// The line in the audit trail that says that `user` is an admin now, by the operator; nil where that is nothing new. It
    /// comes last, as the head of the trail is locked after that of the events.
    private func appointment(of user: User) throws -> SQL? {
        var admin = user
        admin.roles.insert(.admin)
        guard admin != user else { return nil }
        let ruling = Ruling.roles(admin.roles)
        return """
            INSERT INTO audit_events (actor, subject_id, action, before, after)
            SELECT \(AuditActor.operator.rawValue), a.id, \(ruling.action.rawValue), \(try AuditFacts(of: user, for: ruling).json)::json,
                   \(try AuditFacts(of: admin, for: ruling).json)::json
            FROM \(sql: Self.justWritten(user.id)) a
            """
    }

    /// All sessions end with the change: one event says so of all tokens, those of no session too.
    private func reset(
        _ change: SQL, of id: UserID, _ notices: [SQL], _ line: SQL?
    ) async throws -> AccountChange {
        try await make(change, notices + Self.resetting(id) + [line].compactMap(\.self))
    }

    /// What follows the change by which all of the account's tokens became void.
    static func resetting(_ id: UserID) -> [SQL] {
        [
            forgetting(id),
            "DELETE FROM sessions s USING \(sql: justWritten(id)) a WHERE s.user_id = a.id",
            IdentityEventRow.insertion(.passwordReset, from: justWritten(id)),
        ]
    }

    /// Those who asked for a new password before this one have none to set any more, nor those who wanted another address.
    private static func forgetting(_ id: UserID) -> SQL {
        let purposes = ([.resetPassword] + MailToken.Purpose.ofEmailChange).map(\.rawValue)
        return """
            DELETE FROM mail_tokens k USING \(sql: justWritten(id)) a
            WHERE k.user_id = a.id AND k.purpose = ANY(\(purposes))
            """
    }

    static func justWritten(_ id: UserID) -> SQL {
        "(SELECT id, epoch FROM users WHERE id = \(id.uuid) AND xmin = pg_current_xact_id()::xid)"
    }

    private func make(_ change: SQL, _ more: SQL?...) async throws -> AccountChange {
        try await make(change, more.compactMap(\.self))
    }

    private func make(_ change: SQL, _ more: [SQL]) async throws -> AccountChange {
        let statements = [change] + more
        return try await fromPostgres { try UserRow.readChange(await database.atomically(statements)[0].first) }
    }
}
