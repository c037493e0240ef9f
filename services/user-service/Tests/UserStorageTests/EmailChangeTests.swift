import DomainKit
import Foundation
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct EmailChangeTests {
    let hash = PasswordHash(phc: "$1")

    func contract(_ body: (EmailChangesContract) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await body(
                EmailChangesContract(
                    PostgresAccounts(database: database),
                    posted: { user in
                        try await database.query("SELECT kind FROM mails WHERE user_id = \(user.uuid)")
                            .decode(String.self).compactMap { MailKind(name: $0) }
                    },
                    pass: { seconds in
                        let by: SQL = "- \(seconds) * interval '1 second'"
                        try await database.execute("UPDATE mail_turns SET at = at \(sql: by)")
                        try await database.execute("UPDATE mail_tokens SET expires_at = expires_at \(sql: by)")
                        try await database.execute("UPDATE email_changes SET expires_at = expires_at \(sql: by)")
                    }))
        }
    }

    @Test func `changes once both are sure`() async throws {
        try await contract { try await $0.changesOnceBothAreSure() }
    }
    @Test func `binds a token to its address`() async throws {
        try await contract { try await $0.bindsATokenToItsAddress() }
    }
    @Test func `voids a former change`() async throws { try await contract { try await $0.voidsAFormerChange() } }
    @Test func `tells the former reader nothing`() async throws {
        try await contract { try await $0.tellsTheFormerReaderNothing() }
    }
    @Test func `ends with a password or in time`() async throws {
        try await contract { try await $0.endsWithAPasswordOrInTime() }
    }
    @Test func `tells nobody whose an address is`() async throws {
        try await contract { try await $0.tellsNobodyWhoseAnAddressIs() }
    }

    @Test func `the former address is told by mail, and the audit trail has a line`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            let email = try EmailAddress("new@example.net")
            let change = try EmailChange(from: user.email, to: email, ids: SystemIDSource(), tokens: ToyMailTokens())
            _ = try await accounts.ask(for: change, of: user, knowing: hash)
            let author = AuditAuthor(account: user.id, requestID: "r")
            for mail in [change.new, change.former] {
                let token = try #require(mail.token)
                let pending = try #require(try await accounts.pendingChange(token.digest, for: token.purpose))
                _ = try await accounts.confirm(
                    pending, by: token.digest, for: token.purpose, author: author, on: Device())
            }
            let mails = try await database.query("SELECT kind || ' ' || email FROM mails ORDER BY kind").decode(
                String.self)
            #expect(
                mails == [
                    "confirm_former_email \(user.email)", "confirm_new_email \(email)", "email_changed \(user.email)",
                ])
            let lines = try await database.query("SELECT action FROM audit_events ORDER BY seq").decode(String.self)
            #expect(lines == ["signed_up", "email_changed"])
            #expect(try await database.query("SELECT 1 FROM email_changes").isEmpty)
        }
    }

    @Test func `of two that confirm at once neither is lost`() async throws {
        try await replicas { database, other in
            let (one, two) = (PostgresAccounts(database: database), PostgresAccounts(database: other))
            for round in 0..<20 {
                let user = try await one.insert(.sample(), hash: hash)
                let change = try EmailChange(
                    from: user.email, to: EmailAddress("new-\(round)@example.net"), ids: SystemIDSource(),
                    tokens: ToyMailTokens())
                _ = try await one.ask(for: change, of: user, knowing: hash)
                let pending = PendingEmailChange(user: user, email: change.email)
                let author = AuditAuthor(account: user.id, requestID: nil)
                let (former, new) = (try #require(change.former.token), try #require(change.new.token))
                async let first = one.confirm(
                    pending, by: former.digest, for: former.purpose, author: author, on: Device())
                async let second = two.confirm(
                    pending, by: new.digest, for: new.purpose, author: author, on: Device())
                let states = try await [first, second]
                #expect(Set(states) == [.waiting, .changed])
                #expect(try await one.user(user.id)?.email == change.email)
            }
        }
    }

    @Test(arguments: MailOutboxTests.ends)
    func `where the notice cannot be written, the address stays and the token is good`(end: String) async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            let change = try EmailChange(
                from: user.email, to: EmailAddress("new@example.net"), ids: SystemIDSource(), tokens: ToyMailTokens())
            _ = try await accounts.ask(for: change, of: user, knowing: hash)
            let (former, new) = (try #require(change.former.token), try #require(change.new.token))
            let pending = PendingEmailChange(user: user, email: change.email)
            let author = AuditAuthor(account: user.id, requestID: nil)
            _ = try await accounts.confirm(pending, by: new.digest, for: new.purpose, author: author, on: Device())
            try await database.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(sql: SQL(raw: end)); RETURN NEW; END $$"
            )
            try await database.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON mails FOR EACH ROW EXECUTE FUNCTION refuse()")
            await #expect(throws: Failure.self) {
                try await accounts.confirm(
                    pending, by: former.digest, for: former.purpose, author: author, on: Device())
            }
            #expect(try await accounts.user(user.id) == user)
            #expect(try await accounts.pendingChange(former.digest, for: former.purpose) == pending)
            #expect(try await accounts.securityEvents(of: user.id, page: PageRequest()).items.isEmpty)
        }
    }
}
