public import DomainKit

/// Makes sure that an account exists, is an admin's and has a given password: the operator's way in.
///
/// Repeating it changes nothing more than the first time did.
public struct AppointAdmin<Users: UserStore, Hasher: PasswordHasher>: Sendable {
    private let users: Users
    private let hasher: Hasher
    private let ids: any IDSource
    private let clock: any WallClock
    private let breached: any BreachedPasswords

    public init(
        users: Users, hasher: Hasher, ids: any IDSource, clock: any WallClock,
        breached: any BreachedPasswords = NoBreachedPasswords()
    ) {
        self.users = users
        self.hasher = hasher
        self.ids = ids
        self.clock = clock
        self.breached = breached
    }

    /// An account that is there already gets the role and the password, both or neither; if that is another one than
    /// before, its sessions end. A new one gets the role when it is there, as every admin is one by a line in the audit
    /// trail; where that does not come about, the next call does it.
    ///
    /// Fails: `invalid`, unavailable, precondition failed when the account changes at the same moment.
    public func callAsFunction(email: String, password: String, displayName: String) async throws -> User {
        var found: Credentials?
        if let address = try? EmailAddress(email) { found = try await users.credentials(of: address, device: nil) }
        if found == nil {
            let new = try await SignUp(users: users, hasher: hasher, ids: ids, clock: clock, breached: breached)(
                email: email, password: password, displayName: displayName, by: .operator)
            found = try await users.credentials(of: new.id)
        }
        guard let known = found else { throw Failure.accountGone }
        let isRight = try await hasher.check(ClaimedPassword(password), against: known.hash) != .wrong
        if isRight, known.user.roles.contains(.admin) { return known.user }
        let hash = isRight ? nil : try await hasher.hash(checked(password))
        return try await users.appointAdmin(known, newHash: hash, at: clock.now).user()
    }

    private func checked(_ text: String) async throws -> Password {
        var check = Validation()
        let password = check("/password") { () throws(Violation) in try Password(text) }
        guard let password else { throw Failure.invalid(check.violations) }
        try await breached.refuse(password, at: "/password")
        return password
    }
}
