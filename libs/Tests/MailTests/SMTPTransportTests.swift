import Foundation
import Mail
import PlatformTesting
import Testing

@Suite struct SMTPTransportTests {
    @Test func `messages arrive as they were written, by one connection, their envelope beside them`() async throws {
        let server = try await TestMailServer.start()
        let transport = SMTPTransport(configuration(server))
        let bounces = MailMessage.ReturnPath.address(try MailAddress("bounces@hiroba.example"))
        let sent = [
            try mail(), try mail(to: ["a@example.com", "b@例え.jp"]), try mail(text: ""), try mail(returnPath: .nobody),
            try mail(text: String(repeating: "\r\n.", count: 50_000), returnPath: bounces),
        ]
        for message in sent { try await transport.send(message) }
        await transport.close()
        let received = try server.received()
        #expect(received.map { Array($0.content) } == sent.map { $0.bytes() })
        #expect(received.map(\.recipients)[1] == ["a@example.com", "b@xn--r8jz45g.jp"])
        let sender = "no-reply@hiroba.example"
        #expect(received.map(\.sender) == [sender, sender, sender, "<>", "bounces@hiroba.example"])
        #expect(received.allSatisfy { $0.connection == 1 && $0.client == "[127.0.0.1]" && !$0.isEncrypted })
        #expect(received[0].options == ["SIZE=\(sent[0].bytes().count)"])
        let read = try PythonReading.of(received.map { Array($0.content) })
        #expect(read.map { $0["Subject"] } == sent.map(\.subject) && read.allSatisfy { $0.defects.isEmpty })
    }

    @Test func `a host of several addresses is reached by the one that answers`() async throws {
        let server = try await TestMailServer.start()
        // Where it stands for ::1 too, nobody listens there.
        let transport = SMTPTransport(SMTPConfiguration(host: "localhost", port: server.port, encryption: .none))
        try await transport.send(try mail())
        #expect(try server.received().count == 1)
        await transport.close()
    }

    @Test(arguments: [TestMailServer.Encryption.startTLS, .implicit], ["PLAIN", "LOGIN"])
    func `what is encrypted is signed in`(encryption: TestMailServer.Encryption, mechanism: String) async throws {
        var options = TestMailServer.Options()
        options.encryption = encryption
        options.certificate = try TestCertificate(address: "127.0.0.1")
        options.login = ("広場@example", "p:a ss\"wörd" + String(repeating: "x", count: 400))
        options.mechanismsLeftOut = ["PLAIN", "LOGIN"].filter { $0 != mechanism }
        let server = try await TestMailServer.start(options)
        var configuration = configuration(server, encryption == .implicit ? .implicit : .startTLS)
        configuration.authoritiesFile = options.certificate?.file
        configuration.credentials = options.login.map { .init(user: $0.user, password: $0.password) }
        configuration.clientName = "mailer.hiroba.example"
        let transport = SMTPTransport(configuration)
        try await transport.send(try mail())
        try await transport.send(try mail())
        let received = try server.received()
        #expect(received.map(\.login) == Array(repeating: "\(mechanism) 広場@example", count: 2))
        #expect(received.allSatisfy { $0.isEncrypted && $0.connection == 1 && $0.client == "mailer.hiroba.example" })
        await transport.close()
    }

    @Test(arguments: [TestMailServer.Encryption.startTLS, .implicit])
    func `a certificate that is not trusted gets nothing`(encryption: TestMailServer.Encryption) async throws {
        var options = TestMailServer.Options()
        options.encryption = encryption
        for address in ["127.0.0.1", "127.0.0.2"] {
            options.certificate = try TestCertificate(address: address)
            let server = try await TestMailServer.start(options)
            var configuration = configuration(server, encryption == .implicit ? .implicit : .startTLS)
            // The first one is for the right address and not trusted, the second the other way round.
            if address == "127.0.0.2" { configuration.authoritiesFile = options.certificate?.file }
            let error = await failure { () throws(MailFailure) in try await send(configuration) }
            #expect(error?.outcome == .tryAgain && error?.needsOperator == true, "\(String(describing: error))")
            #expect(try server.received().isEmpty)
        }
    }

    @Test func `a server without STARTTLS gets nothing where it is demanded`() async throws {
        let server = try await TestMailServer.start()
        let error = await failure { () throws(MailFailure) in try await send(configuration(server, .startTLS)) }
        #expect(error == MailFailure(.tryAgain, "STARTTLS is not offered", needsOperator: true))
        #expect(try server.received().isEmpty)
    }

    @Test func `credentials travel in the clear only to this machine and where that is allowed`() async throws {
        let server = try await ScriptedMailServer.start { line in
            switch line.prefix(4) {
            case "open": .bytes("220 mx.test\r\n")
            case "EHLO": .bytes("250-mx.test\r\n250 AUTH PLAIN LOGIN\r\n")
            case "AUTH": .bytes("334 \r\n")
            default: .bytes("235 OK\r\n")
            }
        }
        var configuration = SMTPConfiguration(
            host: "127.0.0.1", port: server.port, encryption: .startTLSIfOffered,
            credentials: .init(user: "user", password: "hunter2"))
        let error = await failure { () throws(MailFailure) in try await send(configuration) }
        #expect(error?.needsOperator == true && error?.outcome == .tryAgain)
        #expect(!server.lines.contains { $0.hasPrefix("AUTH") })
        configuration.allowsPlaintextLogin = true
        _ = await failure { () throws(MailFailure) in try await send(configuration) }
        let secret = Data("\0user\0hunter2".utf8).base64EncodedString()
        #expect(server.lines.contains("AUTH PLAIN") && server.lines.contains(secret))
    }

    @Test func `a wrong password is a matter for an operator and costs no mail`() async throws {
        var options = TestMailServer.Options()
        options.encryption = .implicit
        options.certificate = try TestCertificate(address: "127.0.0.1")
        options.login = ("user", "right")
        let server = try await TestMailServer.start(options)
        var configuration = configuration(server, .implicit)
        configuration.authoritiesFile = options.certificate?.file
        for credentials in [SMTPConfiguration.Credentials(user: "user", password: "hunter2"), nil] {
            configuration.credentials = credentials
            let error = await failure { () throws(MailFailure) in try await send(configuration) }
            #expect(error?.outcome == .tryAgain && error?.needsOperator == true)
            #expect(
                [530, 535].contains(error?.reply?.code) && "\(String(describing: error))".contains("hunter2") == false)
        }
        #expect(try server.received().isEmpty)
    }

    @Test func `a message larger than the server takes, or for an address it cannot read, is refused`() async throws {
        var options = TestMailServer.Options()
        (options.largest, options.takesUTF8) = (2_000, false)
        let server = try await TestMailServer.start(options)
        let transport = SMTPTransport(configuration(server))
        for message in [try mail(text: String(repeating: "long", count: 2_000)), try mail(to: ["花子@例え.jp"])] {
            #expect(await failure { () throws(MailFailure) in try await transport.send(message) }?.outcome == .refused)
        }
        try await transport.send(try mail(text: "short"))
        #expect(try server.received().map(\.connection) == [1])
        await transport.close()
    }

    @Test func `an address beyond ASCII goes to a server that takes it`() async throws {
        let server = try await TestMailServer.start()
        let message = try mail(to: ["花子@例え.jp"])
        let transport = SMTPTransport(configuration(server))
        try await transport.send(message)
        let received = try #require(try server.received().first)
        #expect(received.recipients == ["花子@例え.jp"] && Array(received.content) == message.bytes())
        #expect(received.options.contains("SMTPUTF8") && received.options.contains("BODY=8BITMIME"))
        await transport.close()
    }

    private func send(_ configuration: SMTPConfiguration) async throws(MailFailure) {
        let transport = SMTPTransport(configuration)
        guard let message = try? mail() else { return }
        try await transport.send(message)
        await transport.close()
    }
}

func configuration(
    _ server: TestMailServer, _ encryption: SMTPConfiguration.Encryption = .none
) -> SMTPConfiguration {
    SMTPConfiguration(host: "127.0.0.1", port: server.port, encryption: encryption)
}
