public import DomainKit
public import Foundation

/// Where accounts are kept. A method is one transition: all of it happens, or nothing; with it the line in the audit trail
/// that says `by` whom, where one is asked for. What changes nothing leaves none.
///
/// Every method fails with `unavailable` when the store is away.
public protocol UserStore: Sendable {
    /// Adds the account and returns it. One that is there already under this id is the first result of the same call, and
    /// is returned in its place. A new one gets the mail.
    ///
    /// Fails: `emailTaken`, for every form of the address.
    func insert(
        _ user: User, hash: PasswordHash, mail: AskedMail?, by author: AuditAuthor
    ) async throws -> User

    func user(_ id: UserID) async throws -> User?

    /// - Parameter device: tells whether the account knows this device.
    func credentials(of email: EmailAddress, device: DeviceMark?) async throws -> Credentials?

    func credentials(of id: UserID) async throws -> Credentials?

    /// Gives the account another name and the next version.
    func rename(_ id: UserID, to name: DisplayName, at now: Date, ifVersion version: Int) async throws -> AccountChange

    /// Replaces the hash and ends all sessions but `kept`, if the hash is still `old`; with none kept, all tokens are void. The
    /// owner is told, and those with a token for a new password are worth nothing any more. A session that is being opened with
    /// the old password at this moment is not opened or ends as well.
    func changePassword(
        of id: UserID, from old: PasswordHash, to new: PasswordHash, keeping kept: SessionID?, by author: AuditAuthor,
        on device: Device
    ) async throws -> AccountChange

    /// Adds the role `admin`, with a line in the audit trail where it is new; with a new hash, replaces the old one and ends all sessions. Either voids all tokens. If the account's version and
    /// hash are still those of `known`.
    func appointAdmin(_ known: Credentials, newHash: PasswordHash?, at now: Date) async throws -> AccountChange

    /// Erases the account with its sessions and whatever else is kept of it but its lines in the audit trail, which name an id
    /// that is nobody's then.
    ///
    /// Fails: `lastAdmin`.
    func erase(_ id: UserID, ifVersion version: Int, by author: AuditAuthor) async throws -> AccountChange
}

/// What became of a change that was to be made to one known state of an account; the store's own statement says it.
public enum AccountChange: Sendable, Hashable {
    /// The account as it is after the change; as it was last, when it was erased.
    case made(User)
    /// The account is there, in another state.
    case stale
    case gone

    /// Fails: precondition failed, unauthenticated.
    func user() throws(Failure) -> User {
        switch self {
        case .made(let user): user
        case .stale: throw .changedMeanwhile
        case .gone: throw .accountGone
        }
    }
}
