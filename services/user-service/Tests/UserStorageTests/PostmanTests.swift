import DomainKit
import Foundation
import Logging
import Mail
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct PostmanTests {
    /// An account with a mail that waits.
    struct House {
        let database: PostgresClient
        let tokens: SealedMailTokens
        let mail: AskedMail

        func postman(
            _ transport: any MailTransport, _ database: PostgresClient? = nil,
            from sender: String = "no-reply@example.com", bouncesTo bounces: String? = nil
        ) throws -> Postman {
            Postman(
                database: database ?? self.database, tokens: tokens, transport: transport,
                writer: MailWriter(
                    from: try MailAddress(sender, name: "Hiroba"),
                    bouncesTo: try bounces.map { try MailAddress($0) }, console: "https://hiroba.test/"),
                logger: Logger(label: "test"))
        }

        /// Lets all mails that wait be due, and replicas that are at one be dead.
        func wait() async throws {
            try await database.execute("UPDATE mails SET not_before = now() - interval '1 second'")
        }

        func email() async throws -> EmailAddress? {
            try await database.query("SELECT email FROM mails").decode(String.self).first.map {
                try EmailAddress($0)
            }
        }

        func row() async throws -> String {
            try await database.query(
                """
                SELECT concat_ws(' ', state, outcome, 'tries', tries, 'doubts', doubts,
                    CASE WHEN secret IS NULL THEN 'wiped' END) FROM mails
                """
            ).decode(String.self).joined(separator: "; ")
        }
    }

    func house(
        language: Language = .english, name: String = "花子", _ body: (House, PostgresClient) async throws -> Void
    ) async throws {
        try await replicas { database, other in
            let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
            let tokens = SealedMailTokens(key)
            var user = try User.sample()
            (user.language, user.displayName) = (language, DisplayName(stored: name))
            let mail = try AskedMail(.verifyEmail, to: user.email, id: UUID(), tokens: tokens)
            _ = try await PostgresAccounts(database: database).insert(user, hash: PasswordHash(phc: "$1"), mail: mail)
            try await body(House(database: database, tokens: tokens, mail: mail), other)
        }
    }

    @Test func `a mail goes out once, with its token, and keeps nothing of it`() async throws {
        try await house { house, _ in
            let transport = ScriptedTransport()
            let postman = try house.postman(transport)
            #expect(try await postman.sendOne() == .done)
            #expect(try await postman.sendOne() == .nothing)
            #expect(try await house.row() == "sent sent tries 1 doubts 0 wiped")
            let message = try #require(transport.messages.first)
            let lines = message.text.split(separator: "\n").map(String.init)
            let token = try #require(lines.compactMap { MailToken($0) }.first)
            let user = try await PostgresAccounts(database: house.database).holder(
                of: house.tokens.digest(of: token, for: .verifyEmail), for: .verifyEmail)
            #expect(message.recipients.first?.address == user?.email.description && user != nil)
            #expect(lines.contains("https://hiroba.test/#/verify-email?token=\(token)"))
            #expect(message.id == house.mail.id.lowercased && message.subject == "Verify your e-mail address")
        }
    }

    @Test func `a server that is away or busy gets it later, and each time later`() async throws {
        try await house { house, _ in
            let transport = ScriptedTransport([
                MailFailure(.tryAgain, "connect: refused"),
                MailFailure(.tryAgain, "greylisted", reply: nil),
            ])
            let postman = try house.postman(transport)
            var pauses: [Double] = []
            for _ in 0..<2 {
                #expect(try await postman.sendOne() == .failed)
                #expect(try await postman.sendOne() == .nothing, "it is not due")
                #expect(throws: MailCondition.Stuck.self) { try postman.condition.check() }
                pauses += try await house.database.query(
                    "SELECT extract(epoch FROM not_before - now())::float8 FROM mails"
                ).decode(Double.self)
                try await house.wait()
            }
            #expect(pauses[0] > 10 && pauses[0] <= 30 && pauses[1] > pauses[0] && pauses[1] <= 60)
            #expect(try await postman.sendOne() == .done)
            try postman.condition.check()
            #expect(try await house.row() == "sent sent tries 3 doubts 0 wiped")
        }
    }

    @Test func `what only an operator can mend is no mail's fault`() async throws {
        try await house { house, _ in
            let failure = MailFailure(.tryAgain, "AUTH", needsOperator: true)
            let transport = ScriptedTransport([failure, failure, failure])
            let postman = try house.postman(transport)
            for _ in 0..<3 { #expect(try await postman.sendOne() == .failed) }
            #expect(throws: MailCondition.Stuck.self) { try postman.condition.check() }
            #expect(try await house.row() == "waiting tries 0 doubts 0")
            #expect(try await postman.sendOne() == .done)
            try postman.condition.check()
        }
    }

    @Test(arguments: [
        ("NO-REPLY@example.com", nil), ("bounces@例え.jp", "bounces@xn--r8jz45g.jp"),
        ("no-reply@example.com", "bounces@example.org"),
    ])
    func `nothing goes to where our own mail comes from, or comes back to`(email: String, bounces: String?) async throws
    {
        try await house { house, _ in
            try await house.database.execute("UPDATE mails SET email = \(email)")
            let transport = ScriptedTransport()
            #expect(try await house.postman(transport, bouncesTo: bounces).sendOne() == .done)
            #expect(transport.messages.isEmpty)
            #expect(try await house.row() == "failed unusable tries 1 doubts 0 wiped")
        }
    }

    @Test func `a mail that is refused is kept as that, without its token`() async throws {
        try await house { house, _ in
            let transport = ScriptedTransport([MailFailure(.refused, "RCPT")])
            let postman = try house.postman(transport)
            #expect(try await postman.sendOne() == .done)
            try await house.wait()
            #expect(try await postman.sendOne() == .nothing)
            #expect(try await house.row() == "failed refused tries 1 doubts 0 wiped")
        }
    }

    @Test func `a mail that may have gone is sent once more, the same, and no third time`() async throws {
        try await house { house, _ in
            let lost = MailFailure(.perhapsTaken, "connection lost after the last byte")
            let transport = ScriptedTransport([lost, lost, lost])
            let postman = try house.postman(transport)
            for _ in 0..<2 {
                #expect(try await postman.sendOne() == .failed)
                try await house.wait()
            }
            #expect(try await postman.sendOne() == .done)
            #expect(transport.messages.count == 2 && transport.messages[0].bytes() == transport.messages[1].bytes())
            #expect(try await house.row() == "failed uncertain tries 3 doubts 2 wiped")
        }
    }

    @Test func `a replica that dies over a mail costs one repeat`() async throws {
        try await house { house, other in
            let dead = PostgresMailbox(database: other, lease: .seconds(1_800))
            let (transport, first) = (ScriptedTransport(), try await dead.claim())
            let postman = try house.postman(transport)
            #expect(first != nil)
            #expect(try await postman.sendOne() == .nothing, "it is somebody's")
            try await house.wait()
            #expect(try await postman.sendOne() == .done)
            #expect(try await house.row() == "sent sent tries 2 doubts 1 wiped")
            let late = try await dead.end(#require(first), .refused)
            #expect(!late, "who comes back has lost it")
            #expect(try await house.row() == "sent sent tries 2 doubts 1 wiped")
        }
    }

    @Test func `a replica that was taken for dead does not put back what another one is at`() async throws {
        try await house { house, other in
            let (late, next) = (
                PostgresMailbox(database: other, lease: .seconds(1_800)),
                PostgresMailbox(database: house.database, lease: .seconds(1_800))
            )
            let lost = try #require(try await late.claim())
            try await house.wait()
            let held = try #require(try await next.claim())
            #expect(try await !late.putBack(lost, for: .zero, failure: "late"))
            #expect(try await next.claim() == nil, "it is still the other one's")
            #expect(try await house.row() == "waiting tries 2 doubts 1")
            #expect(try await next.end(held, .sent))
        }
    }

    @Test func `the mail that waits longest is next`() async throws {
        try await house { house, _ in
            try await house.database.execute(
                """
                INSERT INTO mails (kind, user_id, email, name, locale, expires_at, not_before)
                SELECT 'password_changed', user_id, email, name, locale, expires_at, now() - n * interval '1 hour'
                FROM mails, generate_series(1, 5) n
                """)
            let mailbox = PostgresMailbox(database: house.database, lease: .seconds(1_800))
            var claimed: [UUID] = []
            let order = try await house.database.query("SELECT id FROM mails ORDER BY not_before").decode(UUID.self)
            while let mail = try await mailbox.claim() { claimed.append(mail.id) }
            #expect(claimed == order)
        }
    }

    @Test func `two replicas send each mail once`() async throws {
        try await house { house, other in
            try await house.database.execute(
                """
                INSERT INTO mails (kind, user_id, email, name, locale, expires_at)
                SELECT 'password_changed', user_id, email, name, locale, expires_at
                FROM mails, generate_series(1, 40)
                """)
            let transport = ScriptedTransport()
            let postmen = [try house.postman(transport), try house.postman(transport, other)]
            try await withThrowingTaskGroup { group in
                for postman in postmen {
                    group.addTask { while try await postman.sendOne() != .nothing {} }
                }
                try await group.waitForAll()
            }
            #expect(transport.messages.count == 41 && Set(transport.messages.map(\.id)).count == 41)
        }
    }

    @Test func `one whose link is dead is not sent, nor one whose key is gone`() async throws {
        try await house { house, _ in
            let transport = ScriptedTransport()
            try await house.database.execute("UPDATE mails SET secret = '\\x00'")
            #expect(try await house.postman(transport).sendOne() == .done)
            #expect(try await house.row() == "failed unusable tries 1 doubts 0 wiped")
        }
        try await house { house, _ in
            let transport = ScriptedTransport()
            try await house.database.execute("UPDATE mails SET expires_at = now()")
            #expect(try await house.postman(transport).sendOne() == .done)
            #expect(transport.messages.isEmpty)
            #expect(try await house.row() == "failed expired tries 1 doubts 0 wiped")
        }
    }

    @Test func `a mail whose token is void by then does not go out`() async throws {
        try await house { house, _ in
            let accounts = PostgresAccounts(database: house.database)
            let email = try #require(try await house.email())
            let transport = ScriptedTransport()
            try await house.database.execute("UPDATE mail_turns SET at = at - interval '1 hour'")
            let second = try AskedMail(.verifyEmail, to: email, id: UUID(), tokens: house.tokens)
            try await accounts.post(second, to: email)
            while try await house.postman(transport).sendOne() != .nothing {}
            #expect(transport.messages.map(\.id) == [second.id.lowercased])
            let outcomes = try await house.database.query(
                "SELECT outcome || CASE WHEN secret IS NULL AND digest IS NULL THEN '' ELSE ' kept' END FROM mails ORDER BY outcome"
            ).decode(String.self)
            #expect(outcomes == ["sent", "void"])
        }
    }

    @Test func `a kind of a later version is left to it`() async throws {
        try await house { house, _ in
            try await house.database.execute("UPDATE mails SET kind = 'birthday'")
            #expect(try await house.postman(ScriptedTransport()).sendOne() == .nothing)
            #expect(try await house.row() == "waiting tries 0 doubts 0")
        }
    }

    @Test(arguments: [
        "a\r\nBcc: victim@example.com", "a\u{2028}b\u{202E}c", "<b>&\"'</b>", String(repeating: "あ", count: 600),
        "=?utf-8?q?=0D=0ABcc:_x?=", String(repeating: "=?utf-8?b?YQ==?=", count: 40),
    ])
    func `no name adds a line to a header or markup to a body`(name: String) async throws {
        try await house(language: .japanese, name: name) { house, _ in
            let transport = ScriptedTransport()
            #expect(try await house.postman(transport).sendOne() == .done)
            let message = try #require(transport.messages.first)
            let header = String(decoding: message.bytes(), as: UTF8.self).components(separatedBy: "\r\n\r\n")[0]
            #expect(!name.hasPrefix("=?") || !header.contains(name), "an encoded word that is a name is encoded itself")
            #expect(!header.contains("\r\nBcc") && message.subject == "メールアドレスの確認")
            #expect(message.html?.contains("<b>") == false && message.html?.contains("lang=\"ja\"") == true)
        }
    }

    @Test func `a committed mail goes out without being asked for`() async throws {
        try await house { house, other in
            let transport = ScriptedTransport()
            let postman = try house.postman(transport, other)
            let running = Task { try await postman.run() }
            try await until("the mail is sent") { transport.messages.count == 1 }
            try await house.database.execute(
                """
                INSERT INTO mails (kind, user_id, email, name, locale, expires_at)
                SELECT 'password_changed', user_id, email, name, locale, expires_at FROM mails
                """)
            try await until("the second one is sent") { transport.messages.count == 2 }
            running.cancel()
            _ = try? await running.value
        }
    }
}
