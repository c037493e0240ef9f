public import Foundation

/// An account of user-service. Other services know of it what its credential says, and its id.
public enum Account {}

public typealias UserID = ID<Account>

/// Who is shown something: the caller as its credential says.
///
/// Roles and tiers are names here and no enumerations: a service must let through one it has not heard of.
public struct Viewer: Sendable, Hashable {
    public var id: UserID
    public var roles: Set<String>
    /// Of the membership: `free`, `member`.
    public var tier: String
    /// The credential ends then, and with it everything that was handed out on it.
    public var expiresAt: Date
    /// What may be told to have ended before: the session that got the credential, and how many changes of the account it
    /// knows of.
    public var sessionID: UUID?
    public var epoch: Int64

    public init(
        id: UserID, roles: Set<String> = [], tier: String = "free", expiresAt: Date, sessionID: UUID? = nil,
        epoch: Int64 = 0
    ) {
        self.id = id
        self.roles = roles
        self.tier = tier
        self.expiresAt = expiresAt
        self.sessionID = sessionID
        self.epoch = epoch
    }
}
