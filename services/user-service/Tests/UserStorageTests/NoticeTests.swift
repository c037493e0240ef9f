import DomainKit
import Foundation
import Logging
import Mail
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct NoticeTests {
    let hash = PasswordHash(phc: "$1")

    func contract(_ body: (SecurityEventsContract) async throws -> Void) async throws {
        try await replicas { database, _ in
            try await body(
                SecurityEventsContract(
                    PostgresAccounts(database: database),
                    posted: { user in
                        try await database.query(
                            "SELECT kind FROM mails WHERE user_id = \(user.uuid) ORDER BY created_at"
                        ).decode(String.self).compactMap { MailKind(name: $0) }
                    },
                    age: { user in
                        try await database.execute(
                            "UPDATE users SET created_at = now() - interval '2 days' WHERE id = \(user.uuid)")
                    }, pass: {}))
        }
    }

    @Test func `tells of a changed password`() async throws {
        try await contract { try await $0.tellsOfAChangedPassword() }
    }
    @Test func `tells of a token that came back`() async throws {
        try await contract { try await $0.tellsOfATokenThatCameBack() }
    }
    @Test func `tells of a new device`() async throws { try await contract { try await $0.tellsOfANewDevice() } }
    @Test func `lists the newest first`() async throws { try await contract { try await $0.listsTheNewestFirst() } }

    private func sent(_ database: PostgresClient) async throws -> [MailMessage] {
        let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
        let transport = ScriptedTransport()
        let postman = Postman(
            database: database, tokens: SealedMailTokens(key), transport: transport,
            writer: MailWriter(from: try MailAddress("no-reply@example.com"), console: "https://hiroba.test"),
            logger: Logger(label: "test"))
        while try await postman.sendOne() != .nothing {}
        return transport.messages
    }

    @Test func `a notice says when and from where, in no words of the one who did it`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            let agent = "Mozilla/5.0 (X11; Linux x86_64; http://evil.example <b>) Firefox/140.0"
            _ = try await accounts.changePassword(
                of: user.id, from: hash, to: PasswordHash(phc: "$2"), keeping: nil,
                by: AuditAuthor(account: user.id, requestID: nil),
                on: Device(userAgent: agent, address: "2001:db8::7"))
            let message = try #require(try await sent(database).first)
            #expect(message.text.contains("Device: Firefox, Linux\nNetwork: 2001:db8::/48\n"))
            #expect(message.text.contains(/When: \d{4}-\d\d-\d\d \d\d:\d\d UTC\n/))
            #expect(message.html?.contains("Device: Firefox, Linux<br>") == true)
            for part in [message.text, message.html ?? ""] { #expect(!part.contains("evil")) }
        }
    }

    @Test(arguments: ["visit evil.example", "http://evil", "a@b", "広場。jp"])
    func `a name that may be read as a link stands in no mail`(name: String) async throws {
        try await TestDatabase.with { database in
            var user = try User.sample()
            user.displayName = DisplayName(stored: name)
            _ = try await PostgresAccounts(database: database).insert(user, hash: hash)
            try await database.execute(
                "INSERT INTO security_events (kind, user_id) VALUES ('new_device', \(user.id.uuid))")
            let message = try #require(try await sent(database).first)
            let text = String(decoding: message.bytes(), as: UTF8.self) + message.text + (message.html ?? "")
            #expect(!text.contains(name) && message.recipients.allSatisfy { $0.name == nil })
        }
    }

    @Test func `an event that an older release writes is told like any other`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: hash)
            try await database.execute(
                """
                INSERT INTO security_events (id, kind, user_id, session_id, at) VALUES
                (gen_random_uuid(), 'refresh-token-reused', \(user.id.uuid), gen_random_uuid(), now()),
                (gen_random_uuid(), 'of a later release', \(user.id.uuid), gen_random_uuid(), now())
                """)
            let events = try await accounts.securityEvents(of: user.id, page: PageRequest())
            #expect(events.items.map(\.kind) == [.refreshTokenReused])
            #expect(try await sent(database).map(\.subject) == ["A session was ended to keep you safe"])
        }
    }

    @Test(arguments: Language.allCases)
    func `every kind of mail has words of its own in every language`(language: Language) {
        let words = MailKind.all.map { MailWords($0, in: language) }
        #expect(Set(words.map(\.subject)).count == MailKind.all.count)
        for (kind, word) in zip(MailKind.all, words) {
            #expect(MailKind(name: kind.name) == kind)
            #expect((word.action != nil) == (kind.purpose != nil) && !word.before.isEmpty)
        }
    }
}
