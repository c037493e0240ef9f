public import DomainKit

/// Makes sure that an account exists, is an admin's and has a given password: the operator's way in.
///
/// Repeating it changes nothing more than the first time did.
public struct AppointAdmin<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher>: Sendable {
    private let users: Users
    private let sessions: Sessions
    private let hasher: Hasher
    private let ids: any IDSource
    private let clock: any WallClock

    public init(users: Users, sessions: Sessions, hasher: Hasher, ids: any IDSource, clock: any WallClock) {
        self.users = users
        self.sessions = sessions
        self.hasher = hasher
        self.ids = ids
        self.clock = clock
    }

    /// An account that is there already gets the role and the password; if that is another one than before, its sessions
    /// end.
    ///
    /// Fails: `invalid`, unavailable, precondition failed when the account changes at the same moment.
    public func callAsFunction(email: String, password: String, displayName: String) async throws -> User {
        guard let address = try? EmailAddress(email), let known = try await users.credentials(of: address) else {
            return try await SignUp(users: users, hasher: hasher, ids: ids, clock: clock)(
                email: email, password: password, displayName: displayName, roles: [.user, .admin])
        }
        try await setPassword(of: known, to: password)
        var user = known.user
        guard !user.roles.contains(.admin) else { return user }
        user.roles.insert(.admin)
        user.version += 1
        user.updatedAt = clock.now
        guard try await users.update(user, ifVersion: known.user.version) else { throw Failure.changedMeanwhile }
        return user
    }

    private func setPassword(of known: Credentials, to text: String) async throws {
        guard try await hasher.check(ClaimedPassword(text), against: known.hash) == .wrong else { return }
        var check = Validation()
        let password = check("/password") { () throws(Violation) in try Password(text) }
        try check.done()
        guard let password else { throw Failure.invalid(check.violations) }
        let hash = try await hasher.hash(password)
        guard try await users.replaceHash(of: known.user.id, from: known.hash, to: hash) else {
            throw Failure.changedMeanwhile
        }
        try await sessions.endAll(of: known.user.id, except: nil)
    }
}
