import DomainKit
public import Foundation
import Postgres
import StorageKit
public import UserDomain

/// Changes of address: a row each in `email_changes` until both tokens were used.
extension PostgresAccounts: EmailChanges {
    public func ask(
        for change: EmailChange, of user: User, knowing hash: PasswordHash
    ) async throws -> EmailChange.Asked {
        let (id, life) = (user.id.uuid, MailToken.Purpose.confirmNewEmail.life)
        let former = MailRow.rows(
            change.former, to: "account", facts: "json_build_object('email', \(change.email.description)::text)")
        let asking: SQL = """
            WITH account AS (
                SELECT p.* FROM (\(sql: Self.locked(user.id))) p
                WHERE p.password_hash = \(hash.phc) AND p.email = \(user.email.description)
            ), \(sql: MailRow.turn(change.former, from: "account")), change AS (
                INSERT INTO email_changes AS c (user_id, email, former, expires_at)
                SELECT a.id, \(change.email.description)::text, a.email, now() + \(life / .seconds(1)) * interval '1 second'
                FROM account a, mail_turn
                ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, former = excluded.former,
                    expires_at = excluded.expires_at, is_former_sure = false, is_new_sure = false
                RETURNING c.user_id
            ), void AS (
                DELETE FROM mail_tokens k USING change c
                WHERE k.user_id = c.user_id AND k.purpose = \(MailToken.Purpose.confirmNewEmail.rawValue)
            ), \(sql: former)
            SELECT EXISTS (SELECT 1 FROM account), EXISTS (SELECT 1 FROM change)
            """
        // Only what this transaction has asked for.
        let asked: SQL = """
            (SELECT u.id, c.email, u.display_name, u.locale FROM email_changes c JOIN users u ON u.id = c.user_id
             WHERE c.user_id = \(id) AND c.xmin = pg_current_xact_id()::xid)
            """
        let owners: SQL = "SELECT 1 FROM users o WHERE o.email = ANY(\(change.email.forms))"
        let statements: [SQL] = [
            asking, Self.mailing(change.new, to: "(SELECT * FROM \(sql: asked) n WHERE NOT EXISTS (\(sql: owners)))"),
            Self.mailing(
                change.taken,
                to: """
                    (SELECT o.* FROM users o, \(sql: asked) n WHERE o.email = ANY(\(change.email.forms)) LIMIT 1)
                    """),
        ]
        let row = try await fromPostgres { try await database.atomically(statements)[0].first }
        guard let (isThere, isMade) = try row?.decode((Bool, Bool).self) else { return .stale }
        return isMade ? .made : isThere ? .tooSoon : .stale
    }

    private static func mailing(_ mail: AskedMail, to accounts: SQL) -> SQL {
        """
        WITH account AS (SELECT * FROM \(sql: accounts) x), \(sql: MailRow.posting(mail, to: "account"))
        SELECT 1
        """
    }

    public func pendingChange(_ token: Data, for purpose: MailToken.Purpose) async throws -> PendingEmailChange? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: UserRow.columns), c.email AS new_email
                FROM mail_tokens k JOIN users u ON u.id = k.user_id JOIN email_changes c ON c.user_id = k.user_id
                WHERE k.digest = \(token) AND k.purpose = \(purpose.rawValue) AND k.expires_at > now()
                  AND c.expires_at > now() AND c.former = u.email AND k.email = \(sql: Self.meant(purpose))
                """
            ).map { row in
                PendingEmailChange(
                    user: try UserRow.read(row), email: EmailAddress(stored: try row["new_email", as: String.self]))
            }
        }
    }

    public func confirm(
        _ change: PendingEmailChange, by token: Data, for purpose: MailToken.Purpose, author: AuditAuthor,
        on device: Device
    ) async throws -> EmailChange.State? {
        let id = change.user.id
        let forms = (try? EmailAddress(change.email.description).forms) ?? change.email.forms
        // Whose the new address is, only its reader is told.
        let reader: SQL = purpose == .confirmNewEmail ? "true" : "c.is_new_sure"
        let mark: SQL = purpose == .confirmNewEmail ? "is_new_sure = true" : "is_former_sure = true"
        let confirming: SQL = """
            WITH holder AS (\(sql: Self.locked(id))), taken AS (
                SELECT 1 FROM users o, email_changes c
                WHERE c.user_id = \(id.uuid) AND \(sql: reader) AND o.email = ANY(\(forms)) AND o.id <> c.user_id
            ), spent AS (
                DELETE FROM mail_tokens k USING holder h, email_changes c
                WHERE k.user_id = h.id AND k.purpose = \(purpose.rawValue) AND k.digest = \(token)
                  AND k.expires_at > now() AND c.user_id = h.id AND c.expires_at > now() AND c.former = h.email
                  AND c.email = \(change.email.description) AND k.email = \(sql: Self.meant(purpose))
                  AND NOT EXISTS (SELECT 1 FROM taken)
                RETURNING k.user_id
            ), sure AS (
                UPDATE email_changes c SET \(sql: mark) FROM spent s WHERE c.user_id = s.user_id RETURNING c.*
            ), changed AS (
                UPDATE users u SET email = s.email, is_email_verified = true, version = u.version + 1, updated_at = now()
                FROM sure s WHERE u.id = s.user_id AND s.is_former_sure AND s.is_new_sure
                RETURNING u.id
            )
            SELECT EXISTS (SELECT 1 FROM spent), EXISTS (SELECT 1 FROM changed), EXISTS (SELECT 1 FROM taken)
            """
        let row = try await fromPostgres(constraints: ["users_email_key": .emailTaken]) {
            try await database.atomically([confirming] + Self.moved(id, author, device))[0].first
        }
        guard let (isSpent, isChanged, isTaken) = try row?.decode((Bool, Bool, Bool).self) else { return nil }
        guard isSpent else {
            if isTaken { throw Failure.emailTaken }
            return nil
        }
        return isChanged ? .changed : .waiting
    }

    /// What follows, once the account has the address.
    private static func moved(_ id: UserID, _ author: AuditAuthor, _ device: Device) -> [SQL] {
        let account = justWritten(id)
        return [
            SecurityEventRow.insertion(
                .emailChanged,
                of: "(SELECT a.id, c.former FROM email_changes c JOIN \(sql: account) a ON a.id = c.user_id)",
                device: device, to: "a.former"),
            "DELETE FROM email_changes c USING \(sql: account) a WHERE c.user_id = a.id",
            "DELETE FROM mail_tokens k USING \(sql: account) a WHERE k.user_id = a.id",
            AuditLine.insertion(.emailChanged, of: account, by: author),
        ]
    }

    /// The address a token of that purpose went to.
    private static func meant(_ purpose: MailToken.Purpose) -> SQL {
        purpose == .confirmNewEmail ? "c.email" : "c.former"
    }
}
