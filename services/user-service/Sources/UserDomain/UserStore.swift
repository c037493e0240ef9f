public import DomainKit

/// Where accounts are kept. Every method fails with `unavailable` when the store is away.
public protocol UserStore: Sendable {
    /// Fails: `emailTaken`.
    func insert(_ user: User, hash: PasswordHash) async throws

    func user(_ id: UserID) async throws -> User?

    func credentials(of email: EmailAddress) async throws -> Credentials?

    func credentials(of id: UserID) async throws -> Credentials?

    /// Stores `user` if the stored version is still `version`; false when it is another or the account is gone.
    func update(_ user: User, ifVersion version: Int) async throws -> Bool

    /// Changes the hash if it is still `old`; false otherwise.
    func replaceHash(of id: UserID, from old: PasswordHash, to new: PasswordHash) async throws -> Bool

    /// Erases the account with its sessions and whatever else is kept of it, if the stored version is still `version`;
    /// false when it is another or the account is gone.
    func erase(_ id: UserID, ifVersion version: Int) async throws -> Bool
}
