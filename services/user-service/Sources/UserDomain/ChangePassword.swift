public import DomainKit

/// Sets a new password for whoever knows the present one, and ends the sessions on all other devices.
public struct ChangePassword<Users: UserStore, Sessions: SessionStore, Hasher: PasswordHasher>: Sendable {
    private let users: Users
    private let sessions: Sessions
    private let hasher: Hasher

    public init(users: Users, sessions: Sessions, hasher: Hasher) {
        self.users = users
        self.sessions = sessions
        self.hasher = hasher
    }

    /// Fails: `invalid`, `passwordWrong`, unauthenticated, unavailable.
    public func callAsFunction(
        of id: UserID, from current: ClaimedPassword, to new: String, keeping session: SessionID?
    ) async throws {
        guard let credentials = try await users.credentials(of: id) else { throw Failure.accountGone }
        let user = credentials.user
        var check = Validation()
        let password = check("/new_password") { () throws(Violation) in
            try Password(
                new, forbidden: [user.email.description, String(user.email.localPart), user.displayName.description])
        }
        try check.done()
        guard try await hasher.check(current, against: credentials.hash) != .wrong else { throw Failure.passwordWrong }
        guard let password else { throw Failure.invalid(check.violations) }
        let hash = try await hasher.hash(password)
        // Between the check and here somebody else changed it: the present password is another one.
        guard try await users.replaceHash(of: id, from: credentials.hash, to: hash) else { throw Failure.passwordWrong }
        try await sessions.endAll(of: id, except: session)
    }
}
