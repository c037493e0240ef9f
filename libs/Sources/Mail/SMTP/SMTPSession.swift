internal import NIOCore

/// A connection over which messages may be sent: greeted, encrypted and signed in as the configuration has it.
struct SMTPSession: Sendable {
    let connection: SMTPConnection
    let capabilities: SMTPCapabilities
    private let timeouts: SMTPConfiguration.Timeouts

    init(_ connection: SMTPConnection, _ capabilities: SMTPCapabilities, _ timeouts: SMTPConfiguration.Timeouts) {
        (self.connection, self.capabilities, self.timeouts) = (connection, capabilities, timeouts)
    }

    /// `MAIL FROM`: as long as it goes no further than this, no message is with the server.
    func begin(_ message: MailMessage, size: Int) async throws(MailFailure) {
        guard capabilities.takesUTF8 || !message.needsUTF8 else {
            throw MailFailure(.refused, "the server takes no addresses beyond ASCII")
        }
        if let limit = capabilities.size, limit > 0, size > limit {
            throw MailFailure(.refused, "larger than the server takes")
        }
        var command = "MAIL FROM:<\(message.reversePath)>"
        if capabilities.size != nil { command += " SIZE=\(size)" }
        if message.needsUTF8 { command += " BODY=8BITMIME SMTPUTF8" }
        try await step("MAIL", command)
    }

    /// The rest of it, after `begin`. What fails at the message's end without an answer has `.perhapsTaken`.
    func finish(_ message: MailMessage, _ bytes: [UInt8]) async throws(MailFailure) {
        for recipient in message.recipients { try await step("RCPT", "RCPT TO:<\(recipient.wire)>") }
        try await step("DATA", "DATA", wants: \.isIntermediate)
        let reply: SMTPReply
        do throws(SMTPLoss) {
            reply = try await connection.ask(DotStuffing.content(bytes), within: timeouts.acceptance)
        } catch {
            guard error.isSent else { throw error.failure(at: "message") }
            throw MailFailure(.perhapsTaken, "message: \(error.reason)")
        }
        guard reply.isPositive else { throw Self.failure("message", reply) }
    }

    /// After a failure: the connection is ready for the next message, or closed.
    func reset() async {
        guard await connection.wake() else { return }
        let reply = try? await connection.ask("RSET", within: timeouts.command)
        if reply?.isPositive != true { await connection.quit() }
    }

    private func step(
        _ name: String, _ command: String, wants isGood: (SMTPReply) -> Bool = \.isPositive
    ) async throws(MailFailure) {
        let reply: SMTPReply
        do throws(SMTPLoss) {
            reply = try await connection.ask(command, within: timeouts.command)
        } catch {
            throw error.failure(at: name)
        }
        if isGood(reply) { return }
        // RFC 5321 §3.8: the connection is over.
        if reply.code == 421 { await connection.quit() }
        throw Self.failure(name, reply)
    }

    /// What a negative reply to a step of a message means.
    private static func failure(_ step: String, _ reply: SMTPReply) -> MailFailure {
        switch reply.code {
        // RFC 4954 §6: about us and not about the message.
        case 530, 534, 535, 538:
            MailFailure(.tryAgain, "\(step): not signed in", needsOperator: true, reply: reply.forCallers)
        case 500...599: MailFailure(.refused, "\(step): refused", reply: reply.forCallers)
        case 400...499: MailFailure(.tryAgain, "\(step): not now", reply: reply.forCallers)
        default: MailFailure(.tryAgain, "\(step): an answer that is none", reply: reply.forCallers)
        }
    }
}
