/// A connection that came to its end before there was an answer.
struct SMTPLoss: Error, Sendable, Hashable {
    let reason: String
    /// Whether all of what the answer was to had left: the server may have acted on it.
    var isSent = false
    /// Waiting mends it as little as trying again does: certificates, an attack on the encryption.
    var needsOperator = false

    func failure(at step: String) -> MailFailure {
        MailFailure(.tryAgain, "\(step): \(reason)", needsOperator: needsOperator)
    }
}
