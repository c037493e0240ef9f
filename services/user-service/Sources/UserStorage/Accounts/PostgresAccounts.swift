public import DomainKit
public import Foundation
import IdentityEvents
public import Postgres
import StorageKit
public import UserDomain

/// Accounts and their sessions in PostgreSQL.
///
/// Every method is one round trip on a shared pipelined connection: a statement, or two that stand or fall together.
/// What a change found is told by the statement that makes it, which locks the account's row first; a statement that was
/// cancelled may have taken effect. What voids tokens is told of in the same transaction, in the table `identity_events`.
public struct PostgresAccounts: Sendable {
    let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }
}

extension PostgresAccounts: UserStore {
    public func insert(
        _ user: User, hash: PasswordHash, mail: AskedMail?, by author: AuditAuthor
    ) async throws -> User {
        let posting: SQL =
            if let mail { ", \(sql: MailRow.posting(mail, to: "(SELECT * FROM made WHERE is_new)"))" } else { "" }
        return try await fromPostgres(constraints: ["users_email_key": .emailTaken]) {
            // A row of this id is the first result of the same call; updating it in place is what returns it. Only a row that
            // was locked before it was written has an `xmax`.
            let row = try await database.first(
                """
                WITH made AS (
                    INSERT INTO users AS u (id, email, display_name, password_hash, roles, is_email_verified, version,
                                            created_at, updated_at, locale)
                SELECT \(user.id.uuid)::uuid, \(user.email.description), \(user.displayName.description), \(hash.phc),
                       \(user.roles.stored)::text[], \(user.isEmailVerified)::boolean, \(user.version)::integer,
                       \(user.createdAt)::timestamptz, \(user.updatedAt)::timestamptz,
                       \(user.language.rawValue)::text
                WHERE NOT EXISTS (
                    SELECT 1 FROM users o WHERE o.email = ANY(\(user.email.forms)) AND o.id <> \(user.id.uuid))
                ON CONFLICT (id) DO UPDATE SET id = u.id
                RETURNING u.*, u.xmax = 0 AS is_new
                ), told AS (
                    \(sql: AuditLine.insertion(.signedUp, of: "(SELECT id FROM made WHERE is_new)", by: author))
                )\(sql: posting)
                SELECT \(sql: UserRow.columns) FROM made u
                """)
            guard let row else { throw Failure.emailTaken }
            return try UserRow.read(row)
        }
    }

    public func user(_ id: UserID) async throws -> User? {
        try await fromPostgres {
            try await database.first("SELECT \(sql: UserRow.columns) FROM users u WHERE u.id = \(id.uuid)").map {
                try UserRow.read($0)
            }
        }
    }

    public func credentials(of email: EmailAddress, device: DeviceMark?) async throws -> Credentials? {
        try await fromPostgres {
            try await settled(
                """
                SELECT \(sql: UserRow.credentials(device: device)), \(sql: Self.due)
                FROM users u WHERE u.email = ANY(\(email.forms))
                ORDER BY array_position(\(email.forms), u.email) LIMIT 1
                """
            ).map(UserRow.readCredentials)
        }
    }

    public func credentials(of id: UserID) async throws -> Credentials? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: UserRow.columns), u.password_hash, false, u.second_factor
                FROM users u WHERE u.id = \(id.uuid)
                """
            ).map(UserRow.readCredentials)
        }
    }

    public func rename(
        _ id: UserID, to name: DisplayName, at now: Date, ifVersion version: Int
    ) async throws -> AccountChange {
        try await fromPostgres {
            try UserRow.readChange(
                await database.first(
                    """
                    WITH present AS (\(sql: Self.locked(id))), changed AS (
                        UPDATE users u
                        SET display_name = \(name.description), version = u.version + 1, updated_at = \(now)
                        FROM present p WHERE u.id = p.id AND p.version = \(version)
                        RETURNING u.*
                    )
                    \(sql: Self.outcome)
                    """))
        }
    }

    /// What `look` finds. An account whose standing was to change by now, and has not been told of, is told of first: tokens
    /// given out in between would be void a moment later.
    func settled(_ look: SQL) async throws -> PostgresRow? {
        let row = try await database.first(look)
        guard let due = try row?["due", as: UUID?.self] else { return row }
        try await PostgresStandings(database: database).settle(UserID(due))
        return try await database.first(look)
    }

    /// Whose standing was to change by now.
    static let due: SQL = "CASE WHEN u.standing_changes_at <= now() THEN u.id END AS due"

    /// Sessions, devices, security events and mails go with the row, by their foreign keys; so do the answers kept of
    /// what it did, its sign-up included. That other services hear of it, and the trail without names, see to themselves
    /// (`note_erasure`).
    public func erase(_ id: UserID, ifVersion version: Int, by author: AuditAuthor) async throws -> AccountChange {
        try await fromPostgres(constraints: PostgresAdministration.rules) {
            try UserRow.readChange(
                await database.first(Self.erasure(of: id, if: "p.version = \(version)", by: author)))
        }
    }

    /// The statement that erases an account, if what is asked of its row `present p` is so, and says what came of it.
    static func erasure(of id: UserID, if isMeant: SQL, by author: AuditAuthor) -> SQL {
        """
        WITH present AS (SELECT * FROM users WHERE id = \(id.uuid) FOR UPDATE), changed AS (
            DELETE FROM users u USING present p WHERE u.id = p.id AND \(sql: isMeant)
            RETURNING u.*
        ), told AS (
            \(sql: IdentityEventRow.insertion(.accountErased, from: Self.erased)) RETURNING seq
        ), line AS (
            \(sql: AuditLine.insertion(.accountErased, of: AuditLine.accounts(of: "changed", after: "told"), by: author))
        ), answers AS (
            DELETE FROM kept_answers k USING changed c
            WHERE k.effect_id = c.id OR k.caller = c.id::text
        ), former_answers AS (
            DELETE FROM idempotency_keys k USING changed c WHERE k.location = '/v1/users/' || c.id
        )
        \(sql: Self.outcome)
        """
    }

    private static let erased: SQL = "(SELECT id, epoch + 1 AS epoch FROM changed)"

    /// The account as it is now, which nobody else changes until the statement has ended.
    static func locked(_ id: UserID) -> SQL { "SELECT * FROM users WHERE id = \(id.uuid) FOR NO KEY UPDATE" }

    /// No row: gone. Nulls: another state than asked for.
    static let outcome: SQL = "SELECT \(sql: UserRow.columns) FROM present p LEFT JOIN changed u ON true"
}
