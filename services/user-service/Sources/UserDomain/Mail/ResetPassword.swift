public import DomainKit

/// Sets a new password for whoever reads the mail of an account.
///
/// It opens no session: who signs in with the new password is asked for whatever else a sign-in asks for.
public struct ResetPassword<Hasher: PasswordHasher>: Sendable {
    private let proofs: any EmailProofs
    private let tokens: any MailTokens
    private let hasher: Hasher
    private let ids: any IDSource
    private let breached: any BreachedPasswords

    public init(
        proofs: any EmailProofs, tokens: any MailTokens, hasher: Hasher, ids: any IDSource,
        breached: any BreachedPasswords = NoBreachedPasswords()
    ) {
        self.proofs = proofs
        self.tokens = tokens
        self.hasher = hasher
        self.ids = ids
        self.breached = breached
    }

    /// Has a mail sent to the address, if it is one of an account. Nobody is told whether it is.
    ///
    /// Fails: `invalid`, for what is no address; unavailable.
    public func ask(for email: String) async throws {
        let address = try EmailAddress(asked: email)
        try await proofs.post(AskedMail(.resetPassword, to: address, id: ids.random(), tokens: tokens), to: address)
    }

    /// A password that is refused leaves the token as it was.
    ///
    /// Fails: `mailTokenInvalid`, `invalid`, unavailable.
    public func confirm(_ text: String, newPassword: String, on device: Device = Device(), requestID: String?)
        async throws
    {
        guard let token = MailToken(text) else { throw Failure.mailTokenInvalid }
        let digest = tokens.digest(of: token, for: .resetPassword)
        guard let user = try await proofs.holder(of: digest, for: .resetPassword) else {
            throw Failure.mailTokenInvalid
        }
        let password = try Password(new: newPassword, of: user)
        try await breached.refuse(password, at: "/new_password")
        let hash = try await hasher.hash(password)
        let author = AuditAuthor(account: user.id, requestID: requestID)
        guard try await proofs.resetPassword(digest, of: user.id, to: hash, by: author, on: device) else {
            throw Failure.mailTokenInvalid
        }
    }
}

extension Password {
    /// One that `user` may set. Fails: `invalid`.
    init(new text: String, of user: User) throws(Failure) {
        var check = Validation()
        let password = check("/new_password") { () throws(Violation) in
            try Password(
                text, forbidden: [user.email.description, String(user.email.localPart), user.displayName.description])
        }
        guard let password else { throw Failure.invalid(check.violations) }
        self = password
    }
}
