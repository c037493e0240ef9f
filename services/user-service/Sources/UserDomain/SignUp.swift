public import DomainKit
public import Foundation

/// What a new address is told by mail.
public struct SignUpMail: Sendable {
    let proofs: any EmailProofs
    let tokens: any MailTokens

    public init(proofs: any EmailProofs, tokens: any MailTokens) {
        self.proofs = proofs
        self.tokens = tokens
    }
}

/// Opens an account.
public struct SignUp<Users: UserStore, Hasher: PasswordHasher>: Sendable {
    private let users: Users
    private let hasher: Hasher
    private let ids: any IDSource
    private let clock: any WallClock
    private let mail: SignUpMail?
    private let breached: any BreachedPasswords

    /// - Parameter mail: nil writes to nobody.
    public init(
        users: Users, hasher: Hasher, ids: any IDSource, clock: any WallClock, mail: SignUpMail? = nil,
        breached: any BreachedPasswords = NoBreachedPasswords()
    ) {
        self.users = users
        self.hasher = hasher
        self.ids = ids
        self.clock = clock
        self.mail = mail
        self.breached = breached
    }

    /// - Parameters:
    ///   - id: of the account that is made; a repeat with the same one gets what the first call made.
    ///   - actor: who opens it for somebody else, and knows whose the address is; nil for the one whose account it is, who
    ///     is asked by mail.
    ///
    /// Fails: `invalid`, `emailTaken`, unavailable.
    public func callAsFunction(
        email: String, password: String, displayName: String, language: Language = .english, id: UUID? = nil,
        by actor: AuditActor? = nil, requestID: String? = nil
    ) async throws -> User {
        var check = Validation()
        let address = check("/email") { () throws(Violation) in try EmailAddress(new: email) }
        let name = check("/display_name") { () throws(Violation) in try DisplayName(displayName) }
        let secret = check("/password") { () throws(Violation) in
            try Password(password, forbidden: [email, displayName] + (address.map { [String($0.localPart)] } ?? []))
        }
        try check.done()
        guard let address, let name, let secret else { throw Failure.invalid(check.violations) }
        try await breached.refuse(secret, at: "/password")
        let now = clock.now
        let user = User(
            id: UserID(id ?? ids.ordered()), email: address, displayName: name, isEmailVerified: actor != nil,
            createdAt: now, updatedAt: now, language: language)
        let author = actor.map { AuditAuthor(actor: $0) } ?? AuditAuthor(account: user.id, requestID: requestID)
        let asking = actor == nil ? mail : nil
        let question = try asking.map { try AskedMail(.verifyEmail, to: address, id: ids.random(), tokens: $0.tokens) }
        return try await users.insert(user, hash: hasher.hash(secret), mail: question, by: author)
    }

    /// The same where nobody may find out who has an account: for an address that has one everything looks and takes the
    /// same, and its owner is told by mail.
    ///
    /// Fails: `invalid`, unavailable.
    public func quietly(
        email: String, password: String, displayName: String, language: Language = .english, id: UUID? = nil,
        requestID: String? = nil
    ) async throws {
        do {
            _ = try await self(
                email: email, password: password, displayName: displayName, language: language, id: id,
                requestID: requestID)
        } catch let failure as Failure where failure.code == Failure.emailTaken.code {
            guard let mail else { return }
            let address = try EmailAddress(asked: email)
            try await mail.proofs.post(
                AskedMail(.accountExists, to: address, id: ids.random(), tokens: mail.tokens), to: address)
        }
    }
}
