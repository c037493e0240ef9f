public import DomainKit
public import Postgres
public import UserDomain

/// Accounts and their sessions in PostgreSQL.
///
/// Every method is one statement, so concurrent calls share pipelined connections and none holds a lock across a
/// round trip. A statement that was cancelled may have taken effect.
public struct PostgresAccounts: Sendable {
    let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }
}

extension PostgresAccounts: UserStore {
    public func insert(_ user: User, hash: PasswordHash) async throws {
        try await translatingErrors(constraints: ["users_email_key": .emailTaken]) {
            _ = try await database.execute(
                """
                INSERT INTO users (id, email, display_name, password_hash, roles, is_email_verified, version,
                                   created_at, updated_at)
                VALUES (\(user.id.uuid), \(user.email.description), \(user.displayName.description), \(hash.phc),
                        \(user.roles.stored), \(user.isEmailVerified), \(user.version), \(user.createdAt),
                        \(user.updatedAt))
                """)
        }
    }

    public func user(_ id: UserID) async throws -> User? {
        try await translatingErrors {
            try await database.first("SELECT \(sql: UserRow.columns) FROM users u WHERE u.id = \(id.uuid)").map(
                UserRow.read)
        }
    }

    public func credentials(of email: EmailAddress) async throws -> Credentials? {
        try await translatingErrors {
            try await database.first(
                "SELECT \(sql: UserRow.columns), u.password_hash FROM users u WHERE u.email = \(email.description)"
            ).map(UserRow.readCredentials)
        }
    }

    public func credentials(of id: UserID) async throws -> Credentials? {
        try await translatingErrors {
            try await database.first(
                "SELECT \(sql: UserRow.columns), u.password_hash FROM users u WHERE u.id = \(id.uuid)"
            ).map(UserRow.readCredentials)
        }
    }

    public func update(_ user: User, ifVersion version: Int) async throws -> Bool {
        try await translatingErrors(constraints: ["users_email_key": .emailTaken]) {
            try await database.execute(
                """
                UPDATE users
                SET email = \(user.email.description), display_name = \(user.displayName.description),
                    roles = \(user.roles.stored), is_email_verified = \(user.isEmailVerified),
                    version = \(user.version), updated_at = \(user.updatedAt)
                WHERE id = \(user.id.uuid) AND version = \(version)
                """) == 1
        }
    }

    public func replaceHash(of id: UserID, from old: PasswordHash, to new: PasswordHash) async throws -> Bool {
        try await translatingErrors {
            try await database.execute(
                "UPDATE users SET password_hash = \(new.phc) WHERE id = \(id.uuid) AND password_hash = \(old.phc)") == 1
        }
    }

    /// Sessions and security events go with the row, by their foreign keys; so does a kept answer to its sign-up.
    public func erase(_ id: UserID, ifVersion version: Int) async throws -> Bool {
        try await translatingErrors {
            try await database.first(
                """
                WITH gone AS (
                    DELETE FROM users WHERE id = \(id.uuid) AND version = \(version) RETURNING id
                ), answers AS (
                    DELETE FROM idempotency_keys k USING gone WHERE k.location = '/v1/users/' || gone.id
                )
                SELECT 1 FROM gone
                """) != nil
        }
    }
}
