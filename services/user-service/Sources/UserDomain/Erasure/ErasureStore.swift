public import DomainKit
public import Foundation
public import IdentityEvents

/// Where is kept who is to be erased, who was, and what came of it. A method is one transition: all of it, or nothing.
///
/// Every method fails with `unavailable` when the store is away.
public protocol ErasureStore: Sendable {
    /// Notes that the account is to be erased after `grace`, and ends all its sessions, with the event that voids its tokens, if
    /// its hash, epoch and second factor are still those that were seen; a code is used up by it. One that is to be erased already
    /// stays so at its time.
    ///
    /// Fails: `lastAdmin`; then no code is used up.
    func request(
        of seen: Credentials, on ground: ErasureGround, after grace: Duration, by author: AuditAuthor
    ) async throws -> ErasureRequest

    /// Erases accounts whose time has come, `most` at once, and says how many. One that cannot be keeps no other from it.
    func eraseDue(most: Int) async throws -> Int

    /// What was erased after `position`, as `ErasureFeed` has it.
    func erasures(after position: IdentityPosition?) async throws -> ErasurePage

    /// Takes a service's report, in the place of its former one. The erasure as it is then, if that is what finished it.
    ///
    /// Fails: `erasureNotFound`.
    func take(_ removed: [String: Int64], of user: UserID, from service: String) async throws -> Erasure?

    /// The newest first.
    ///
    /// Fails: `invalidCursor`, for one of another list.
    func list(_ filter: ErasureFilter, page: PageRequest) async throws -> Page<Erasure>

    func backlog() async throws -> ErasureBacklog
}

/// What became of a request to be erased.
public enum ErasureRequest: Sendable, Hashable {
    case noted(eraseAt: Date)
    /// The account is not as it was seen, or the session has ended.
    case stale
    /// The code was used before, or is no recovery code of the account.
    case codeSpent
    case gone
}

/// Which erasures; all for which nothing is said.
public struct ErasureFilter: Sendable, Hashable {
    public var user: UserID?
    public var isFinished: Bool?

    public init(user: UserID? = nil, isFinished: Bool? = nil) {
        self.user = user
        self.isFinished = isFinished
    }
}
