import Foundation
import NIOCore
import PlatformTesting
import Synchronization
import Testing

@testable import Mail

@Suite struct SMTPProtocolTests {
    @Test(arguments: [
        "", "garbage\r\n", "220 no line end\n", "220\rmx\r\n", "999 x\r\n", "22 x\r\n", "2200 x\r\n", "220_x\r\n",
        "220-a\r\n250 b\r\n",
        "554 5.7.1 go away\r\n", "421 busy\r\n", "354 what\r\n", "220-" + String(repeating: "x", count: 5_000),
        String(repeating: "x", count: 100_000), String(repeating: "220-x\r\n", count: 10_000), "\u{0}\r\n",
        "220 mx\r\n220 mx\r\n",
        "-220 x\r\n", "٢٢٠ mx\r\n",
    ])
    func `a greeting that is none is answered by going away`(greeting: String) async throws {
        let server = try await ScriptedMailServer.start { $0 == "opened" ? .bytes(greeting) : .silence }
        var configuration = SMTPConfiguration(host: "127.0.0.1", port: server.port, encryption: .none)
        (configuration.timeouts.greeting, configuration.timeouts.command) = (.milliseconds(500), .milliseconds(500))
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await SMTPTransport(configuration).send(message) }
        #expect(error?.outcome == .tryAgain)
        #expect(!server.lines.contains { $0.hasPrefix("MAIL") })
    }

    @Test func `what comes in the clear behind the answer to STARTTLS ends the connection`() async throws {
        let server = try await ScriptedMailServer.start { line in
            switch line.prefix(4) {
            case "open": .bytes("220 mx.test\r\n")
            case "EHLO": .bytes("250-mx.test\r\n250 STARTTLS\r\n")
            case "STAR": .bytes("220 Go ahead\r\n250-mx.test\r\n250 AUTH PLAIN\r\n")
            default: .silence
            }
        }
        let configuration = SMTPConfiguration(host: "127.0.0.1", port: server.port, encryption: .startTLS)
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await SMTPTransport(configuration).send(message) }
        #expect(error?.outcome == .tryAgain && error?.needsOperator == true)
        #expect(server.lines.count == 3 && server.lines.last == "STARTTLS")
    }

    @Test func `an answer that comes too early is not taken for a later question's`() async throws {
        let server = try await ScriptedMailServer.start { line in
            switch line.prefix(4) {
            case "open": .bytes("220 mx.test\r\n")
            case "EHLO": .bytes("250 mx.test\r\n")
            case "MAIL": .bytes("250 OK\r\n250 OK\r\n354 OK\r\n250 taken\r\n")
            default: .silence
            }
        }
        let configuration = SMTPConfiguration(host: "127.0.0.1", port: server.port, encryption: .none)
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await SMTPTransport(configuration).send(message) }
        #expect(error?.outcome == .tryAgain)
        #expect(!server.lines.contains { $0.hasPrefix("DATA") })
    }

    @Test func `replies are read however they are cut`() throws {
        let text = "250-mx.test greets\r\n250-SIZE 1000\r\n250 \r\n354 go\r\n550 5.1.1 <a@b> unknown\r\n250\r\n"
        for size in 1...text.utf8.count {
            var parser = SMTPReplyParser()
            var replies: [SMTPReply] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                parser.feed(ByteBuffer(bytes: rest.prefix(size)))
                while let reply = try parser.next() { replies.append(reply) }
                rest = rest.dropFirst(size)
            }
            #expect(replies.map(\.code) == [250, 354, 550, 250] && replies.map(\.status) == [nil, nil, "5.1.1", nil])
            #expect(replies[0].lines == ["mx.test greets", "SIZE 1000", ""] && !parser.hasRest)
        }
    }

    @Test func `random bytes never do more than fail`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            var parser = SMTPReplyParser()
            let alphabet = Array("25 -\r\n0x\u{0}é".utf8)
            let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            parser.feed(ByteBuffer(bytes: bytes))
            while let reply = try? parser.next() { #expect((200..<600).contains(reply.code)) }
        }
    }

    @Test(arguments: [
        ("SIZE", 0), ("SIZE 0", 0), ("SIZE 1000", 1_000), ("SIZE 99999999999999999999999", 0), ("SIZE -1", -1),
        ("SIZE x", 0),
    ])
    func `a size is a number or no limit`(line: String, size: Int) {
        #expect(SMTPCapabilities(SMTPReply(code: 250, lines: ["mx.test", line])).size == size)
    }

    @Test func `capabilities are read in any case, and none from the server's name`() {
        let reply = SMTPReply(
            code: 250, lines: ["STARTTLS", "auth plain LOGIN", "AUTH=PLAIN", "Smtputf8", "8bitMIME", "", "X-OTHER"])
        let capabilities = SMTPCapabilities(reply)
        #expect(!capabilities.offersStartTLS && capabilities.takesUTF8 && capabilities.size == nil)
        #expect(capabilities.mechanisms == ["PLAIN", "LOGIN"])
        // RFC 6531 §3.1 (8): SMTPUTF8 without 8BITMIME is no offer.
        #expect(!SMTPCapabilities(SMTPReply(code: 250, lines: ["mx.test", "SMTPUTF8"])).takesUTF8)
    }

    @Test(arguments: [
        ("", ".\r\n"), (".", "..\r\n.\r\n"), ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n"), ("..", "...\r\n.\r\n"),
        ("a.b", "a.b\r\n.\r\n"),
    ])
    func `dots at the beginning of lines are doubled`(text: String, content: String) {
        #expect(String(buffer: DotStuffing.content(Array(text.utf8))) == content)
    }
}
