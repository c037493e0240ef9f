import Foundation
import Mail
import PlatformTesting
import Testing

@Suite struct SMTPFaultTests {
    @Test(arguments: [
        ("mail", "451 4.7.1 Busy", MailFailure.Outcome.tryAgain), ("mail", "550 5.7.1 No", .refused),
        ("rcpt", "450 4.2.1 Later", .tryAgain),
        ("rcpt", "550 5.1.1 Nobody", .refused), ("rcpt", "552 5.2.2 Full", .refused),
        ("data", "451 4.3.0 Busy", .tryAgain),
        ("data", "554 5.6.0 No", .refused), ("end", "452 4.3.1 Full", .tryAgain), ("end", "554 5.7.1 Spam", .refused),
        ("mail", "530 5.7.0 Sign in", .tryAgain),
    ])
    func `a reply decides what may be done, and the connection goes on`(
        step: String, reply: String, outcome: MailFailure.Outcome
    ) async throws {
        let server = try await server([step: [reply]])
        let transport = SMTPTransport(configuration(server))
        let message = try mail(to: ["a@example.com", "b@example.com"])
        let error = await failure { () throws(MailFailure) in try await transport.send(message) }
        #expect(error?.outcome == outcome && error?.reply?.code == Int(reply.prefix(3)))
        #expect(error?.reply?.status == reply.split(separator: " ")[1].description)
        #expect(error?.needsOperator == reply.hasPrefix("530"))
        try await transport.send(message)
        let taken = try server.received().filter { $0.content == Data(message.bytes()) }
        #expect(taken.last?.recipients == ["a@example.com", "b@example.com"] && taken.last?.connection == 1)
        await transport.close()
    }

    @Test func `one recipient that is refused keeps the message from all`() async throws {
        let server = try await server(["rcpt": ["pass", "550 5.1.1 Nobody"]])
        let transport = SMTPTransport(configuration(server))
        let message = try mail(to: ["a@example.com", "b@example.com"])
        let error = await failure { () throws(MailFailure) in try await transport.send(message) }
        #expect(error?.outcome == .refused)
        #expect(try server.received().isEmpty)
        await transport.close()
    }

    @Test(arguments: ["cut", "421 4.3.2 Going away"], ["mail", "rcpt", "data", "end"])
    func `a connection that ends costs at most the message it carries`(what: String, step: String) async throws {
        let server = try await server([step: ["pass", what]])
        let transport = SMTPTransport(configuration(server))
        let messages = [try mail(), try mail(), try mail()]
        try await transport.send(messages[0])
        let error = await failure { () throws(MailFailure) in try await transport.send(messages[1]) }
        switch (step, what) {
        // Nothing had been taken of it yet, so it went over a new connection.
        case ("mail", _): #expect(error == nil)
        case ("end", "cut"): #expect(error?.outcome == .perhapsTaken)
        default: #expect(error?.outcome == .tryAgain)
        }
        try await transport.send(messages[2])
        let received = try server.received()
        #expect(Array(try #require(received.last).content) == messages[2].bytes() && received.last?.connection == 2)
        #expect(received.count == (["mail", "end"].contains(step) ? 3 : 2))
        await transport.close()
    }

    @Test(arguments: ["mail", "rcpt", "data", "end", "rset"])
    func `a server that says nothing is given up in time`(step: String) async throws {
        let server = try await server(
            step == "rset" ? ["mail": ["450 Later"], step: ["silence"]] : [step: ["silence"]])
        var configuration = configuration(server)
        configuration.timeouts.command = .milliseconds(300)
        configuration.timeouts.acceptance = .milliseconds(300)
        let transport = SMTPTransport(configuration)
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await transport.send(message) }
        #expect(error?.outcome == (step == "end" ? .perhapsTaken : .tryAgain))
        await transport.close()
    }

    @Test func `a connection that nothing comes by is given back, and the next message opens another`() async throws {
        let server = try await server([:])
        var configuration = configuration(server)
        configuration.idleTime = .milliseconds(1)
        let transport = SMTPTransport(configuration)
        try await until("a second connection") {
            try await transport.send(try mail())
            return try server.received().last?.connection == 2
        }
        await transport.close()
    }

    @Test func `a server that is not there, or no more, means to try again`() async throws {
        let nobody = SMTPConfiguration(host: "127.0.0.1", port: try FreePort.find(), encryption: .none)
        let message = try mail()
        let error = await failure { () throws(MailFailure) in try await SMTPTransport(nobody).send(message) }
        #expect(error?.outcome == .tryAgain && error?.needsOperator == false)
        let server = try await server([:])
        let transport = SMTPTransport(configuration(server))
        try await transport.send(message)
        try await server.kill()
        let second = await failure { () throws(MailFailure) in try await transport.send(message) }
        #expect(second?.outcome == .tryAgain && second?.needsOperator == false)
        await transport.close()
    }

    @Test func `who waits for a turn may go, and who comes after the end is told`() async throws {
        let server = try await server(["end": ["silence"]])
        var configuration = configuration(server)
        configuration.timeouts.acceptance = .milliseconds(500)
        let transport = SMTPTransport(configuration)
        let message = try mail()
        let first = Task { await failure { () throws(MailFailure) in try await transport.send(message) } }
        try await until("the first under way") { try server.received().count == 1 }
        let second = Task { await failure { () throws(MailFailure) in try await transport.send(message) } }
        second.cancel()
        #expect(await second.value == MailFailure(.tryAgain, "cancelled"))
        #expect(await first.value?.outcome == .perhapsTaken)
        await transport.close()
        let third = await failure { () throws(MailFailure) in try await transport.send(message) }
        #expect(third == MailFailure(.tryAgain, "closed"))
        #expect(try server.received().count == 1)
    }

    @Test func `many at once go one after another and none is lost`() async throws {
        let server = try await server(["mail": ["pass", "pass", "cut", "pass", "421 4.3.2 Going away"]])
        let transport = SMTPTransport(configuration(server))
        let messages = try (0..<20).map { try mail("m\($0)") }
        await withTaskGroup(of: MailFailure?.self) { group in
            for message in messages {
                group.addTask { await failure { () throws(MailFailure) in try await transport.send(message) } }
            }
            for await error in group { #expect(error == nil) }
        }
        #expect(Set(try server.received().map { Array($0.content) }) == Set(messages.map { $0.bytes() }))
        #expect(try server.received().count == 20)
        await transport.close()
    }

    private func server(_ faults: [String: [String]]) async throws -> TestMailServer {
        var options = TestMailServer.Options()
        options.faults = faults
        return try await TestMailServer.start(options)
    }
}
