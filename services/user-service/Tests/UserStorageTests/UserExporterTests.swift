import DataExports
import DomainKit
import Foundation
import IdentityEvents
import OneTimePasswords
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// What user-service gives of an account, and what it does not.
/// One after the other, as each has a database and the server has room for so many connections.
@Suite(.serialized) struct UserExporterTests {
    /// All pieces of an account, each as the list it is.
    func export(of user: UserID, in database: PostgresClient) async throws -> [(kind: String, rows: [[String: Any]])] {
        let exporter = PostgresUserExporter.exporter(database)
        var (pieces, place): ([(String, [[String: Any]])], String?) = ([], nil)
        repeat {
            let piece = try await exporter.piece(of: user.uuid, from: place)
            let rows = try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]]
            pieces.append((piece.kind, try #require(rows)))
            place = piece.place
        } while place != nil
        return pieces
    }

    /// An account with something of everything, and another one that has to do with it.
    func furnished(_ database: PostgresClient) async throws -> (User, other: User) {
        let accounts = PostgresAccounts(database: database)
        let hash = PasswordHash(phc: "$argon2id$a-hash-of-a-password")
        let (user, other) = (
            try await accounts.insert(.sample(), hash: hash), try await accounts.insert(.sample(), hash: hash)
        )
        let factors = PostgresSecondFactors(database: database, key: .sample())
        let factor = SecondFactor(id: SecondFactorID(UUID()), secret: OneTimeSecret())
        #expect(try await factors.begin(factor, of: user.id))
        _ = try await factors.confirm(
            factor.id, step: 100, recoveryDigests: [ToySecrets().first()], by: .sample(user.id))
        for sql in [
            """
            INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, refresh_generation, refresh_digest,
                refresh_spent_at, user_agent)
            SELECT gen_random_uuid(), id, now(), now(), now() + interval '1 day', 0,
                sha256(id::text::bytea || '3'), '{}', 'browser of ' || email FROM users
            """,
            """
            INSERT INTO security_events (kind, user_id, user_agent)
            SELECT 'password_changed', id, 'browser of ' || email FROM users
            """,
            """
            INSERT INTO passkeys (id, user_id, credential_id, public_key, signature_count, transports,
                is_backup_eligible, is_backed_up, model, name)
            SELECT gen_random_uuid(), id, decode(md5(id::text), 'hex'), '\\x0102030405060708', 0, '{}', false, false,
                gen_random_uuid(), 'key of ' || email FROM users
            """,
            """
            INSERT INTO devices (digest, user_id, first_seen_at, last_seen_at)
            SELECT sha256(id::text::bytea), id, now(), now() FROM users
            """,
            """
            INSERT INTO mail_tokens (user_id, purpose, digest, email, expires_at)
            SELECT id, 'verification', sha256(id::text::bytea || '1'), email, now() + interval '1 day' FROM users
            """,
            "UPDATE mails SET secret = sha256(id::text::bytea), digest = sha256(id::text::bytea || '2')",
            """
            INSERT INTO email_changes (user_id, email, former, expires_at)
            SELECT id, 'new-' || email, email, now() + interval '1 day' FROM users
            """,
            "INSERT INTO membership_reports (user_id, source, at) SELECT id, 'shop of ' || email, now() FROM users",
            """
            INSERT INTO data_exports (id, user_id, fails_at, expires_at)
            SELECT gen_random_uuid(), id, now() + interval '1 day', now() + interval '7 days' FROM users
            """,
            """
            INSERT INTO audit_events (actor_id, subject_id, action, reason)
            VALUES (\(other.id.uuid), \(user.id.uuid), 'banned', 'was loud'),
                   (\(user.id.uuid), \(other.id.uuid), 'banned', 'of the other one')
            """,
        ] as [SQL] { try await database.execute(sql) }
        return (user, other)
    }

    @Test func `all of an account is in it, and a word of nobody else's`() async throws {
        try await TestDatabase.with { database in
            let (user, other) = try await furnished(database)
            let pieces = try await export(of: user.id, in: database)
            #expect(
                pieces.map(\.kind) == ["account", "sessions", "passkeys", "security-events", "mails", "audit", "acts"])
            #expect(pieces.allSatisfy { !$0.rows.isEmpty }, "\(pieces.filter { $0.rows.isEmpty })")
            let text = "\(pieces)"
            for own in [
                user.email.description, "new-\(user.email)", "key of \(user.email)", "shop of \(user.email)",
                "browser of \(user.email)", "was loud",
            ] {
                #expect(text.contains(own), "\(own)")
            }
            // What has no word of anybody in it is counted.
            let account = try #require(pieces.first?.rows.first)
            #expect((account["devices"] as? [Any])?.count == 1 && (account["exports"] as? [Any])?.count == 1)
            #expect(pieces.last?.rows.count == 1, "one act on another account")
            for foreign in [other.email.description, other.id.description, "of the other one"] {
                #expect(!text.contains(foreign), "\(foreign)")
            }
        }
    }

    @Test func `nothing that is kept as a secret or as a digest of one is in it`() async throws {
        try await TestDatabase.with { database in
            let (user, _) = try await furnished(database)
            let text = "\(try await export(of: user.id, in: database))"
            let columns = try await database.query(
                """
                SELECT table_name::text, column_name::text FROM information_schema.columns
                WHERE table_schema = 'public' AND data_type = 'bytea'
                """
            ).decode((String, String).self)
            var looked = 0
            for (table, column) in columns {
                let (column, table) = (try named(column), try named(table))
                let values = try await database.query(
                    "SELECT \(sql: column) FROM \(sql: table) WHERE \(sql: column) IS NOT NULL"
                ).decode(Data.self)
                for value in values {
                    looked += 1
                    let hex = value.map { String(format: "%02x", $0) }.joined()
                    let isTold = text.contains(hex) || text.contains(value.base64EncodedString())
                    #expect(!isTold, "\(table.text).\(column.text)")
                }
            }
            #expect(looked > 10)
            #expect(!text.contains("$argon2id"))
        }
    }

    /// Whoever adds a table that says whose a row is decides here whether it is given.
    @Test func `of every table with something of an account it is said whether it is given`() async throws {
        let given: Set = [
            "users", "sessions", "devices", "passkeys", "security_events", "mails", "email_changes",
            "membership_reports", "pending_erasures", "audit_events", "data_exports",
        ]
        // Secrets and digests of them, what goes within minutes, and marks without a word in them.
        let kept: Set = [
            "totp_factors", "recovery_codes", "mail_tokens", "sign_in_steps", "passkey_challenges", "identity_events",
            "erasures", "erasure_reports",
        ]
        try await TestDatabase.with { database in
            let tables = try await database.query(
                """
                SELECT DISTINCT table_name::text FROM information_schema.columns WHERE table_schema = 'public'
                  AND column_name IN ('user_id', 'owner_id', 'account_id', 'subject_id', 'actor_id', 'email')
                """
            ).decode(String.self)
            #expect(Set(tables).symmetricDifference(given.union(kept)) == [])
        }
    }

    @Test func `a place of another version is refused, and nothing begins anew`() async throws {
        try await TestDatabase.with { database -> Void in
            await #expect(throws: UnknownExportPlace.self) {
                _ = try await PostgresUserExporter.exporter(database).piece(of: UUID(), from: "letters 7")
            }
        }
    }

    private func named(_ name: String) throws -> SQL {
        try #require(name.allSatisfy { $0.isLowercase || $0 == "_" || $0.isNumber })
        return SQL(stringLiteral: name)
    }
}
