import AWSSigning
import Foundation
import Mail
import PlatformTesting
import Postgres
import Testing
import UserDomain

@testable import UserStorage

/// The postman and real mail servers.
@Suite struct PostmanServerTests {
    private func outbox(
        _ options: TestMailServer.Options, mails: Int = 1,
        _ body: (PostmanTests.House, TestMailServer, Postman) async throws -> Void
    ) async throws {
        let server = try await TestMailServer.start(options)
        try await PostmanTests().house { house, _ in
            try await house.database.execute(
                """
                INSERT INTO mails (kind, user_id, email, name, locale, expires_at)
                SELECT 'password_changed', user_id, email, name, 'ja', expires_at FROM mails, generate_series(2, \(mails))
                """)
            let transport = try MailURL("smtp://127.0.0.1:\(server.port)?tls=off").transport()
            try await body(house, server, try house.postman(transport))
            await transport.close()
        }
    }

    /// Until none is due.
    private func send(_ postman: Postman) async throws {
        while try await postman.sendOne() != .nothing {}
    }

    @Test func `many mails go by one connection, in the words of their accounts`() async throws {
        try await outbox(TestMailServer.Options(), mails: 12) { house, server, postman in
            try await send(postman)
            let received = try server.received()
            #expect(received.count == 12 && Set(received.map(\.connection)).count == 1)
            let texts = received.map { String(decoding: $0.content, as: UTF8.self) }
            for text in texts {
                #expect(text.contains("\r\nAuto-Submitted: auto-generated\r\n") && text.contains("\r\nMessage-ID: <"))
                #expect(text.contains("\r\nContent-Type: multipart/alternative"))
            }
            #expect(texts.allSatisfy { $0.lowercased().contains("=?utf-8?") }, "names and subjects are encoded")
        }
    }

    @Test func `a server that cannot take them now gets them later, one that never will does not`() async throws {
        var options = TestMailServer.Options()
        options.faults = ["rcpt": ["450 4.2.1 Later", "550 5.1.1 Nobody"]]
        try await outbox(options, mails: 2) { house, server, postman in
            try await send(postman)
            #expect(try server.received().isEmpty)
            try await house.wait()
            try await send(postman)
            #expect(try server.received().count == 1)
            let outcomes = try await house.database.query("SELECT outcome FROM mails ORDER BY outcome").decode(
                String.self)
            #expect(outcomes == ["refused", "sent"])
        }
    }

    @Test func `a mail whose answer was lost comes once more, as the same one`() async throws {
        var options = TestMailServer.Options()
        options.faults = ["end": ["cut", "cut", "cut"]]
        try await outbox(options) { house, server, postman in
            for _ in 0..<4 {
                try await send(postman)
                try await house.wait()
            }
            let received = try server.received()
            #expect(received.count == 2 && Set(received.map(\.content)).count == 1)
            #expect(try await house.row() == "failed uncertain tries 3 doubts 2 wiped")
        }
    }

    @Test func `mail waits for a server that is away, and is not lost with it`() async throws {
        try await outbox(TestMailServer.Options(), mails: 3) { house, server, postman in
            try await server.kill()
            for _ in 0..<3 { #expect(try await postman.sendOne() == .failed) }
            #expect(throws: MailCondition.Stuck.self) { try postman.condition.check() }
            #expect(try await house.database.query("SELECT 1 FROM mails WHERE state = 'waiting'").count == 3)
            let another = try await TestMailServer.start()
            let transport = try MailURL("smtp://127.0.0.1:\(another.port)?tls=off").transport()
            try await house.wait()
            try await send(house.postman(transport))
            #expect(try another.received().count == 3)
            await transport.close()
        }
    }

    @Test(arguments: [nil, "bounces@example.org"])
    func `what comes back comes to one address, and no robot has a reason to answer`(bounces: String?) async throws {
        try await outbox(TestMailServer.Options()) { house, server, _ in
            let transport = try MailURL("smtp://127.0.0.1:\(server.port)?tls=off").transport()
            try await send(house.postman(transport, bouncesTo: bounces))
            let received = try #require(server.received().first)
            #expect(received.sender == bounces ?? "no-reply@example.com")
            let header = String(decoding: received.content, as: UTF8.self)
                .components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
            #expect(header.contains("From: Hiroba <no-reply@example.com>"))
            // RFC 3834 §2 and §5, and what servers go by that do not know it.
            #expect(header.contains("Auto-Submitted: auto-generated"))
            #expect(header.contains("X-Auto-Response-Suppress: OOF, AutoReply"))
            let names = Set(header.compactMap { $0.split(separator: ":").first?.lowercased() })
            let asking = ["reply-to", "return-path", "return-receipt-to", "disposition-notification-to", "errors-to"]
            #expect(names.isDisjoint(with: asking))
            await transport.close()
        }
    }

    @Test func `mail goes out by SES, as its own bytes, once our address is known there`() async throws {
        let aws = try await TestAWS.shared()
        let sender = "\(UUID().uuidString.lowercased())@example.com"
        try await PostmanTests().house { house, _ in
            let credentials = StaticCredentials(AWSCredentials(accessKeyID: "AKID", secretAccessKey: "s"))
            let transport = try MailURL("ses://eu-west-1?endpoint=\(aws.endpoint)").transport(credentials: credentials)
            let postman = try house.postman(transport, from: sender)
            #expect(try await postman.sendOne() == .done)
            #expect(try await house.row() == "failed refused tries 1 doubts 0 wiped")
            try await aws.admit(sender)
            try await house.database.execute(
                """
                INSERT INTO mails (kind, user_id, email, name, locale, expires_at)
                SELECT 'password_changed', user_id, email, name, 'ja', expires_at FROM mails
                """)
            #expect(try await postman.sendOne() == .done)
            let sent = try await aws.sentMails(from: sender)
            #expect(sent.count == 1)
            let email = try #require(try await house.email())
            #expect(sent.first?.destinations.contains(email.description) == true)
            #expect(sent.first?.text.contains("\r\nAuto-Submitted: auto-generated\r\n") == true)
        }
    }
}
