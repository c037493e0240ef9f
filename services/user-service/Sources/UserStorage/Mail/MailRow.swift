import Foundation
import Postgres
import UserDomain

/// How a mail comes into `mails`: by the statement, or in the transaction, that makes the change it tells of. What it takes of
/// the account is read there.
enum MailRow {
    /// Common table expressions that post `mail` to those in `accounts`, a relation with the columns of `users` that has one
    /// row at most, if it is the mail's turn.
    static func posting(_ mail: AskedMail, to accounts: SQL) -> SQL {
        "\(sql: turn(mail, from: accounts)), \(sql: rows(mail, to: accounts))"
    }

    /// `mail_turn` has a row if no mail of the kind went to the address within a minute. It is counted under the name whether
    /// there is an account or not.
    static func turn(_ mail: AskedMail, from source: SQL = "(SELECT 1)") -> SQL {
        """
        mail_turn AS (
            INSERT INTO mail_turns AS t (name, at) SELECT \(mail.turn)::bytea, now() FROM \(sql: source) s
            ON CONFLICT (name) DO UPDATE SET at = now() WHERE t.at <= now() - interval '1 minute'
            RETURNING t.at
        )
        """
    }

    /// The token first, then the mail it is in; each for `mail_turn`.
    ///
    /// - Parameter facts: an expression of JSON over `accounts a`: what the mail tells beside its kind.
    static func rows(_ mail: AskedMail, to accounts: SQL, facts: SQL = "'{}'::json") -> SQL {
        let life = mail.token?.purpose.life ?? .seconds(86_400)
        let end: SQL = "now() + \(life / .seconds(1)) * interval '1 second'"
        let posted: SQL = """
            mail_posted AS (
                INSERT INTO mails (id, kind, user_id, email, name, locale, facts, secret, digest, expires_at)
                SELECT \(mail.id)::uuid, \(mail.kind.name)::text, a.id, a.email, a.display_name, a.locale, \(sql: facts),
                       \(mail.token?.sealed)::bytea, \(mail.token?.digest)::bytea, \(sql: end)
                FROM \(sql: accounts) a, mail_turn
                RETURNING id
            )
            """
        guard let token = mail.token else { return posted }
        return """
            mail_token AS (
                INSERT INTO mail_tokens AS k (user_id, purpose, digest, email, expires_at)
                SELECT a.id, \(token.purpose.rawValue)::text, \(token.digest)::bytea, a.email, \(sql: end)
                FROM \(sql: accounts) a, mail_turn
                ON CONFLICT (user_id, purpose) DO UPDATE
                    SET digest = excluded.digest, email = excluded.email, expires_at = excluded.expires_at
                RETURNING k.user_id
            ), \(sql: posted)
            """
    }
}
