public import DomainKit

/// Sets a new password for whoever knows the present one, and ends the sessions on all other devices.
public struct ChangePassword<Users: UserStore, Hasher: PasswordHasher>: Sendable {
    /// Each further look means that the hash was changed in the same few milliseconds.
    private static var mostLooks: Int { 4 }

    private let users: Users
    private let hasher: Hasher
    private let budgets: any GuessBudgets
    private let breached: any BreachedPasswords

    public init(
        users: Users, hasher: Hasher, budgets: any GuessBudgets,
        breached: any BreachedPasswords = NoBreachedPasswords()
    ) {
        self.users = users
        self.hasher = hasher
        self.budgets = budgets
        self.breached = breached
    }

    /// Fails: `invalid`, `passwordWrong`, rate limited, unauthenticated, unavailable.
    public func callAsFunction(
        of id: UserID, from current: ClaimedPassword, to new: String, keeping session: SessionID?,
        on device: Device = Device(), requestID: String? = nil
    ) async throws {
        for _ in 0..<Self.mostLooks {
            guard let credentials = try await users.credentials(of: id) else { throw Failure.accountGone }
            let password = try Password(new: new, of: credentials.user)
            try await breached.refuse(password, at: "/new_password")
            let outcome = try await budgets.spending(.holder(id)) {
                try await hasher.check(current, against: credentials.hash)
            }
            guard outcome != .wrong else { throw Failure.passwordWrong }
            let hash = try await hasher.hash(password)
            let change = try await users.changePassword(
                of: id, from: credentials.hash, to: hash, keeping: session,
                by: AuditAuthor(account: id, requestID: requestID), on: device)
            switch change {
            case .made: return
            case .gone: throw Failure.accountGone
            // Another hash: of the same password made stronger by a sign-in, or of another one. The next look tells.
            case .stale: continue
            }
        }
        throw Failure.unavailable("account")
    }
}
