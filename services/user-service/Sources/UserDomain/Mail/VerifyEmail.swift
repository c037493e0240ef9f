public import DomainKit

/// Proves that an account's address is its owner's.
public struct VerifyEmail: Sendable {
    private let proofs: any EmailProofs
    private let tokens: any MailTokens
    private let ids: any IDSource

    public init(proofs: any EmailProofs, tokens: any MailTokens, ids: any IDSource) {
        self.proofs = proofs
        self.tokens = tokens
        self.ids = ids
    }

    /// Has a new mail sent to the address, if it is one of an account that needs it. Nobody is told whether it is.
    ///
    /// Fails: `invalid`, for what is no address; unavailable.
    public func ask(for email: String) async throws {
        let address = try EmailAddress(asked: email)
        try await proofs.post(AskedMail(.verifyEmail, to: address, id: ids.random(), tokens: tokens), to: address)
    }

    /// Fails: `mailTokenInvalid`, unavailable.
    public func confirm(_ text: String, requestID: String?) async throws {
        guard let token = MailToken(text) else { throw Failure.mailTokenInvalid }
        let digest = tokens.digest(of: token, for: .verifyEmail)
        guard let user = try await proofs.holder(of: digest, for: .verifyEmail),
            try await proofs.verifyEmail(
                digest, of: user.id, by: AuditAuthor(account: user.id, requestID: requestID))
        else { throw Failure.mailTokenInvalid }
    }
}

extension EmailAddress {
    /// The one a caller asks about. Fails: `invalid`.
    init(asked text: String) throws(Failure) {
        var check = Validation()
        let address = check("/email") { () throws(Violation) in try EmailAddress(text) }
        guard let address else { throw Failure.invalid(check.violations) }
        self = address
    }

    /// The one an account is to have. Fails: `invalid`.
    init(wanted text: String) throws(Failure) {
        var check = Validation()
        let address = check("/email") { () throws(Violation) in try EmailAddress(new: text) }
        guard let address else { throw Failure.invalid(check.violations) }
        self = address
    }
}
