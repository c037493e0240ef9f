public import DomainKit
public import Foundation

/// Opens an account.
public struct SignUp<Users: UserStore, Hasher: PasswordHasher>: Sendable {
    private let users: Users
    private let hasher: Hasher
    private let ids: any IDSource
    private let clock: any WallClock

    public init(users: Users, hasher: Hasher, ids: any IDSource, clock: any WallClock) {
        self.users = users
        self.hasher = hasher
        self.ids = ids
        self.clock = clock
    }

    /// - Parameters:
    ///   - id: of the account that is made; a repeat with the same one gets what the first call made.
    ///   - actor: who opens it for somebody else; nil for the one whose account it is.
    ///
    /// Fails: `invalid`, `emailTaken`, unavailable.
    public func callAsFunction(
        email: String, password: String, displayName: String, id: UUID? = nil, by actor: AuditActor? = nil,
        requestID: String? = nil
    ) async throws -> User {
        var check = Validation()
        let address = check("/email") { () throws(Violation) in try EmailAddress(email) }
        let name = check("/display_name") { () throws(Violation) in try DisplayName(displayName) }
        let secret = check("/password") { () throws(Violation) in
            try Password(password, forbidden: [email, displayName] + (address.map { [String($0.localPart)] } ?? []))
        }
        try check.done()
        guard let address, let name, let secret else { throw Failure.invalid(check.violations) }
        let now = clock.now
        let user = User(
            id: UserID(id ?? ids.ordered()), email: address, displayName: name, createdAt: now, updatedAt: now)
        let author = actor.map { AuditAuthor(actor: $0) } ?? AuditAuthor(account: user.id, requestID: requestID)
        return try await users.insert(user, hash: hasher.hash(secret), by: author)
    }
}
