public import DomainKit
public import Foundation

/// Who is shown something: the caller as its credential says.
public struct Viewer: Sendable, Hashable {
    public var id: UserID
    public var roles: Set<String>
    /// Of the membership: `free`, `member`.
    public var tier: String
    /// The credential ends then.
    public var expiresAt: Date

    public init(id: UserID, roles: Set<String> = [], tier: String = "free", expiresAt: Date) {
        self.id = id
        self.roles = roles
        self.tier = tier
        self.expiresAt = expiresAt
    }
}
