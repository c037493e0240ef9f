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
    @Test func `forgets what was confirmed before`() async throws {
        try await contract { try await $0.forgetsWhatWasConfirmedBefore() }
    }
    @Test func `voids a token of an address that is taken meanwhile`() async throws {
        try await contract { try await $0.voidsATokenOfAnAddressTakenMeanwhile() }
    }
    @Test func `refuses an address that is taken in between`() async throws {
        try await contract { try await $0.refusesAnAddressTakenInBetween() }
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

    /// Between the look for a change and its confirmation.
    @Test(arguments: [
        "UPDATE users SET email = 'moved@example.net'", "UPDATE email_changes SET expires_at = now()",
        "UPDATE mail_tokens SET expires_at = now()", "UPDATE email_changes SET email = 'third@example.net'",
    ])
    func `a change that is not what it was when it was looked at is not made`(meanwhile: String) async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            let change = try EmailChange(
                from: user.email, to: EmailAddress("new@example.net"), ids: SystemIDSource(), tokens: ToyMailTokens())
            _ = try await accounts.ask(for: change, of: user, knowing: hash)
            let (former, new) = (try #require(change.former.token), try #require(change.new.token))
            let pending = PendingEmailChange(user: user, email: change.email)
            let author = AuditAuthor(account: user.id, requestID: nil)
            let first = try await accounts.confirm(
                pending, by: new.digest, for: new.purpose, author: author, on: Device())
            #expect(first == .waiting)
            try await database.execute(SQL(raw: meanwhile))
            let second = try await accounts.confirm(
                pending, by: former.digest, for: former.purpose, author: author, on: Device())
            #expect(second == nil)
            let seen = try await accounts.pendingChange(former.digest, for: former.purpose)
            #expect(seen == nil || seen?.email.description == "third@example.net")
            #expect(try await accounts.user(user.id)?.email != change.email)
            #expect(try await database.query("SELECT 1 FROM mail_tokens").count == 1, "no token is spent")
        }
    }

    @Test func `of two accounts' changes one is confirmed`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            var made: [(user: User, change: EmailChange)] = []
            for name in ["one", "two"] {
                let user = try await accounts.insert(.sample(), hash: hash)
                let change = try EmailChange(
                    from: user.email, to: EmailAddress("\(name)@example.net"), ids: SystemIDSource(),
                    tokens: ToyMailTokens())
                _ = try await accounts.ask(for: change, of: user, knowing: hash)
                made.append((user, change))
            }
            let (user, change) = made[0]
            let pending = PendingEmailChange(user: user, email: change.email)
            for mail in [change.new, change.former] {
                let token = try #require(mail.token)
                _ = try await accounts.confirm(
                    pending, by: token.digest, for: token.purpose,
                    author: AuditAuthor(account: user.id, requestID: nil), on: Device())
            }
            #expect(try await accounts.user(user.id)?.email == change.email)
            let (other, its) = made[1]
            #expect(try await accounts.user(other.id) == other)
            let row = try await database.first("SELECT user_id, is_former_sure, is_new_sure FROM email_changes")
            let (owner, isFormerSure, isNewSure) = try #require(try row?.decode((UUID, Bool, Bool).self))
            #expect(owner == other.id.uuid && !isFormerSure && !isNewSure)
            for mail in [its.new, its.former] {
                let token = try #require(mail.token)
                #expect(try await accounts.pendingChange(token.digest, for: token.purpose)?.user == other)
            }
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
