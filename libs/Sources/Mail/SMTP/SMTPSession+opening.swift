internal import Foundation
internal import NIOCore

extension SMTPSession {
    /// Connects and does all that comes before the first message.
    ///
    /// Fails with `.tryAgain`, whatever the server says: it is not about a message.
    static func open(
        _ configuration: SMTPConfiguration, on eventLoop: any EventLoop
    ) async throws(MailFailure) -> SMTPSession {
        let encryption = configuration.encryption == .none ? nil : try SMTPEncryption(configuration)
        let connection: SMTPConnection
        do throws(SMTPLoss) {
            connection = try await SMTPConnection.open(
                configuration, encryption: configuration.encryption == .implicit ? encryption : nil, on: eventLoop)
        } catch {
            throw error.failure(at: "connecting")
        }
        do throws(MailFailure) {
            let opening = Opening(configuration: configuration, connection: connection)
            return SMTPSession(connection, try await opening.capabilities(encryption), configuration.timeouts)
        } catch {
            await connection.quit()
            throw error
        }
    }
}

/// The steps of RFC 5321 §3.1, RFC 3207 and RFC 4954, in their order.
private struct Opening {
    let configuration: SMTPConfiguration
    let connection: SMTPConnection

    func capabilities(_ encryption: SMTPEncryption?) async throws(MailFailure) -> SMTPCapabilities {
        try check(connection.greeting, "greeting") { $0.code == 220 }
        var capabilities = try await hello()
        var isEncrypted = configuration.encryption == .implicit
        if let encryption, !isEncrypted {
            isEncrypted = try await encrypt(encryption, capabilities)
            // RFC 3207 §4.2: what was said before counts for nothing.
            if isEncrypted { capabilities = try await hello() }
        }
        guard isEncrypted || connection.isLoopback else {
            throw MailFailure(.tryAgain, "not encrypted, and not this machine", needsOperator: true)
        }
        if let credentials = configuration.credentials {
            guard isEncrypted || configuration.allowsPlaintextLogin else {
                throw MailFailure(.tryAgain, "credentials do not travel in the clear", needsOperator: true)
            }
            try await signIn(credentials, capabilities.mechanisms)
        }
        return capabilities
    }

    private func hello() async throws(MailFailure) -> SMTPCapabilities {
        let name = configuration.clientName ?? connection.literal
        return SMTPCapabilities(try await ask("EHLO", "EHLO \(name)") { $0.code == 250 })
    }

    /// False where it is not offered and need not be.
    private func encrypt(
        _ encryption: SMTPEncryption, _ capabilities: SMTPCapabilities
    ) async throws(MailFailure) -> Bool {
        guard capabilities.offersStartTLS else {
            guard configuration.encryption == .startTLSIfOffered else {
                throw MailFailure(.tryAgain, "STARTTLS is not offered", needsOperator: true)
            }
            return false
        }
        try await ask("STARTTLS", "STARTTLS", encryption: encryption) { $0.code == 220 }
        return true
    }

    private func signIn(
        _ credentials: SMTPConfiguration.Credentials, _ offered: Set<String>
    ) async throws(MailFailure) {
        if offered.contains("PLAIN") {
            // RFC 4616. Not beside the command: together they may be longer than a line.
            try await ask("AUTH", "AUTH PLAIN", wants: \.isIntermediate)
            try await ask("AUTH", encoded("\0\(credentials.user)\0\(credentials.password)")) { $0.code == 235 }
        } else if offered.contains("LOGIN") {
            try await ask("AUTH", "AUTH LOGIN", wants: \.isIntermediate)
            try await ask("AUTH", encoded(credentials.user), wants: \.isIntermediate)
            try await ask("AUTH", encoded(credentials.password)) { $0.code == 235 }
        } else {
            throw MailFailure(.tryAgain, "neither AUTH PLAIN nor LOGIN is offered", needsOperator: true)
        }
    }

    private func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString()
    }

    @discardableResult
    private func ask(
        _ step: String, _ line: String, encryption: SMTPEncryption? = nil, wants isGood: (SMTPReply) -> Bool
    ) async throws(MailFailure) -> SMTPReply {
        let reply: SMTPReply
        do throws(SMTPLoss) {
            reply = try await connection.ask(line, within: configuration.timeouts.command, encryption: encryption)
        } catch {
            throw error.failure(at: step)
        }
        return try check(reply, step, wants: isGood)
    }

    @discardableResult
    private func check(
        _ reply: SMTPReply, _ step: String, wants isGood: (SMTPReply) -> Bool
    ) throws(MailFailure) -> SMTPReply {
        if isGood(reply) { return reply }
        throw MailFailure(
            .tryAgain, "\(step): \(reply.isTransient ? "not now" : "refused")", needsOperator: !reply.isTransient,
            reply: reply.forCallers)
    }
}
