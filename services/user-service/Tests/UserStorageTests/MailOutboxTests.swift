import DomainKit
import Foundation
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// Mails are written with what they tell of: both or neither.
@Suite struct MailOutboxTests {
    let hash = PasswordHash(phc: "$1")

    func contract(_ body: (EmailProofsContract) async throws -> Void) async throws {
        try await replicas { database, _ in
            try await body(
                EmailProofsContract(
                    PostgresAccounts(database: database),
                    posted: { user in
                        try await database.query(
                            "SELECT kind FROM mails WHERE user_id = \(user.uuid) ORDER BY created_at"
                        ).decode(String.self).compactMap { MailKind(name: $0) }
                    },
                    pass: { seconds in
                        let by: SQL = "- \(seconds) * interval '1 second'"
                        try await database.execute("UPDATE mail_turns SET at = at \(sql: by)")
                        try await database.execute("UPDATE mail_tokens SET expires_at = expires_at \(sql: by)")
                    }))
        }
    }

    @Test func `posts with a new account`() async throws { try await contract { try await $0.postsWithANewAccount() } }
    @Test func `posts one of a kind a minute`() async throws {
        try await contract { try await $0.postsOneOfAKindAMinute() }
    }
    @Test func `posts nothing to strangers`() async throws {
        try await contract { try await $0.postsNothingToStrangersAndToTheVerified() }
    }
    @Test func `verifies once`() async throws { try await contract { try await $0.verifiesOnce() } }
    @Test func `resets a password once`() async throws { try await contract { try await $0.resetsAPasswordOnce() } }
    @Test func `lets one of two resets win`() async throws {
        try await contract { try await $0.letsOneOfTwoResetsWin() }
    }
    @Test func `voids a reset by a change`() async throws { try await contract { try await $0.voidsAResetByAChange() } }

    /// What ends a transaction in its middle: a failure, and the end of the server's process.
    static let ends = ["RAISE 'no'", "PERFORM pg_terminate_backend(pg_backend_pid())"]

    @Test(arguments: ends)
    func `where the mail cannot be written, nothing happened`(end: String) async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            let session = SessionOpening.sample(of: user.id)
            _ = try await accounts.open(session)
            let reset = try AskedMail(.resetPassword, to: user.email, id: UUID(), tokens: ToyMailTokens())
            try await accounts.post(reset, to: user.email)
            let digest = try #require(reset.token?.digest)
            try await database.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(sql: SQL(raw: end)); RETURN NEW; END $$"
            )
            try await database.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON mails FOR EACH ROW EXECUTE FUNCTION refuse()")
            let author = AuditAuthor(account: user.id, requestID: nil)
            await #expect(throws: Failure.self) {
                try await accounts.resetPassword(digest, of: user.id, to: PasswordHash(phc: "$2"), by: author)
            }
            await #expect(throws: Failure.self) {
                try await accounts.changePassword(of: user.id, from: hash, to: PasswordHash(phc: "$2"), keeping: nil)
            }
            let new = try User.sample()
            let mail = try AskedMail(.verifyEmail, to: new.email, id: UUID(), tokens: ToyMailTokens())
            await #expect(throws: Failure.self) { try await accounts.insert(new, hash: hash, mail: mail) }
            #expect(try await accounts.user(new.id) == nil)
            #expect(try await accounts.credentials(of: user.id)?.hash == hash)
            #expect(try await accounts.grant(session.id) != nil)
            #expect(try await accounts.holder(of: digest, for: .resetPassword) != nil)
            #expect(try await database.told(of: user.id) == [])
            let lines = try await database.query(
                "SELECT action FROM audit_events ORDER BY seq"
            ).decode(String.self)
            #expect(lines == ["signed_up"])
            #expect(try await database.query("SELECT 1 FROM mail_turns").count == 1)
        }
    }

    @Test func `the database alone gives no token away`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
            let tokens = SealedMailTokens(key)
            let user = try User.sample()
            let mail = try AskedMail(.verifyEmail, to: user.email, id: UUID(), tokens: tokens)
            _ = try await accounts.insert(user, hash: hash, mail: mail)
            let kept = try #require(mail.token)
            let token = try tokens.open(kept.sealed, for: mail.id)
            #expect(tokens.digest(of: token, for: .verifyEmail) == kept.digest)
            #expect(tokens.digest(of: token, for: .resetPassword) != kept.digest)
            #expect(throws: KeyEncryptionKey.CannotOpen.self) { try tokens.open(kept.sealed, for: UUID()) }
            let secret = token.secret.map { String(format: "%02x", $0) }.joined()
            for table: SQL in ["mails", "mail_tokens", "mail_turns", "users"] {
                let rows = try await database.query("SELECT x::text FROM \(sql: table) x").decode(String.self)
                #expect(!rows.isEmpty && rows.allSatisfy { !$0.contains(secret) && !$0.contains(token.description) })
            }
            let turns = try await database.query("SELECT x::text FROM mail_turns x").decode(String.self)
            #expect(turns.allSatisfy { !$0.contains(user.email.description) })
        }
    }

    @Test func `of two notices within a minute the second waits, and stands for the third`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            for (old, new) in [("$1", "$2"), ("$2", "$3"), ("$3", "$4")] {
                let change = try await accounts.changePassword(
                    of: user.id, from: PasswordHash(phc: old), to: PasswordHash(phc: new), keeping: SessionID(UUID()))
                #expect(change == .made(user))
            }
            let waits = try await database.query(
                "SELECT extract(epoch FROM not_before - created_at)::float8 FROM mails ORDER BY not_before"
            ).decode(Double.self)
            #expect(waits.count == 2 && waits[0] == 0 && (1...60).contains(waits[1]))
        }
    }

    @Test func `what meets on one account does not wait in a circle`() async throws {
        try await replicas { database, other in
            let (one, two) = (PostgresAccounts(database: database), PostgresAccounts(database: other))
            let tokens = ToyMailTokens()
            for _ in 0..<30 {
                let user = try await one.insert(.sample(), hash: hash)
                let first = try AskedMail(.resetPassword, to: user.email, id: UUID(), tokens: tokens)
                try await one.post(first, to: user.email)
                try await database.execute("UPDATE mail_turns SET at = at - interval '1 hour'")
                let digest = try #require(first.token?.digest)
                let author = AuditAuthor(account: user.id, requestID: nil)
                let second = try AskedMail(.resetPassword, to: user.email, id: UUID(), tokens: tokens)
                async let posted: Void = two.post(second, to: user.email)
                async let changed = one.changePassword(
                    of: user.id, from: hash, to: PasswordHash(phc: "$2"), keeping: nil)
                async let reset = two.resetPassword(digest, of: user.id, to: PasswordHash(phc: "$3"), by: author)
                async let erased = one.erase(user.id, ifVersion: 1)
                _ = try await (posted, changed, reset, erased)
            }
        }
    }
}
