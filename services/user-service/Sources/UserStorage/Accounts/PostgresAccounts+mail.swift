public import DomainKit
public import Foundation
import IdentityEvents
import Postgres
import StorageKit
public import UserDomain

/// Mails and the tokens in them. Who asks for a mail takes its turn first and the account then; who changes an account has that
/// first and its tokens then. Nobody who holds an account waits for a turn by an address.
extension PostgresAccounts: EmailProofs {
    public func post(_ mail: AskedMail, to email: EmailAddress) async throws {
        let isMeant: SQL = mail.kind == .verifyEmail ? "NOT u.is_email_verified" : "true"
        try await fromPostgres {
            _ = try await database.query(
                """
                WITH \(sql: MailRow.turn(mail)), account AS (
                    SELECT u.* FROM mail_turn, users u
                    WHERE u.email = ANY(\(email.forms)) AND \(sql: isMeant)
                    ORDER BY array_position(\(email.forms), u.email) LIMIT 1 FOR KEY SHARE OF u
                ), \(sql: MailRow.rows(mail, to: "account"))
                SELECT count(*) FROM mail_posted
                """)
        }
    }

    public func holder(of token: Data, for purpose: MailToken.Purpose) async throws -> User? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: UserRow.columns) FROM mail_tokens k JOIN users u ON u.id = k.user_id AND u.email = k.email
                WHERE k.digest = \(token) AND k.purpose = \(purpose.rawValue) AND k.expires_at > now()
                """
            ).map { try UserRow.read($0) }
        }
    }

    public func verifyEmail(_ token: Data, of user: UserID, by author: AuditAuthor) async throws -> Bool {
        try await fromPostgres {
            try await database.first(
                """
                WITH \(sql: Self.spending(token, .verifyEmail, of: user)), changed AS (
                    UPDATE users u SET is_email_verified = true, version = u.version + 1, updated_at = now()
                    FROM spent s WHERE u.id = s.user_id AND NOT u.is_email_verified
                    RETURNING u.id
                ), line AS (
                    \(sql: AuditLine.insertion(.emailVerified, of: "changed", by: author))
                )
                SELECT EXISTS (SELECT 1 FROM spent)
                """)?.decode(Bool.self) ?? false
        }
    }

    public func resetPassword(
        _ token: Data, of user: UserID, to hash: PasswordHash, by author: AuditAuthor, on device: Device
    ) async throws -> Bool {
        let change: SQL = """
            WITH \(sql: Self.spending(token, .resetPassword, of: user)), changed AS (
                UPDATE users u SET password_hash = \(hash.phc), epoch = u.epoch + 1, is_email_verified = true,
                    version = CASE WHEN u.is_email_verified THEN u.version ELSE u.version + 1 END,
                    updated_at = CASE WHEN u.is_email_verified THEN u.updated_at ELSE now() END
                FROM spent s WHERE u.id = s.user_id
                RETURNING u.id
            )
            SELECT EXISTS (SELECT 1 FROM changed)
            """
        let statements =
            [change, SecurityEventRow.insertion(.passwordReset, of: Self.justWritten(user), device: device)]
            + Self.resetting(user) + [
                AuditLine.insertion(.passwordReset, of: Self.justWritten(user), by: author)
            ]
        return try await fromPostgres {
            try await database.atomically(statements)[0].first?.decode(Bool.self) ?? false
        }
    }

    /// `spent` has a row if the token is the account's and can be used; it cannot any more then.
    private static func spending(_ token: Data, _ purpose: MailToken.Purpose, of user: UserID) -> SQL {
        """
        holder AS (\(sql: locked(user))), spent AS (
            DELETE FROM mail_tokens k USING holder h
            WHERE k.user_id = h.id AND k.purpose = \(purpose.rawValue) AND k.digest = \(token)
                AND k.email = h.email AND k.expires_at > now()
            RETURNING k.user_id
        )
        """
    }
}
