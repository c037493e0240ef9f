public import DomainKit

/// What people do with their own account: read it, change it.
public struct ManageAccount<Users: UserStore>: Sendable {
    private let users: Users
    private let clock: any WallClock

    public init(users: Users, clock: any WallClock) {
        self.users = users
        self.clock = clock
    }

    /// Fails: unauthenticated, when the account has been erased since the token was issued.
    public func read(_ id: UserID) async throws -> User {
        guard let user = try await users.user(id) else { throw Failure.accountGone }
        return user
    }

    /// Changes what is given (nothing: the version stays), if the account's version is one of those that `isExpected` accepts.
    ///
    /// Fails: `invalid`, precondition failed, unauthenticated.
    public func change(
        _ id: UserID, displayName: String?, ifVersion isExpected: (Int) throws -> Void
    ) async throws -> User {
        let user = try await read(id)
        try isExpected(user.version)
        guard let displayName else { return user }
        var check = Validation()
        let name = check("/display_name") { () throws(Violation) in try DisplayName(displayName) }
        guard let name else { throw Failure.invalid(check.violations) }
        return try await users.rename(id, to: name, at: clock.now, ifVersion: user.version).user()
    }

    /// Fails: `userNotFound`.
    public func publicProfile(of id: UserID) async throws -> User {
        guard let user = try await users.user(id) else { throw Failure.userNotFound }
        return user
    }
}
