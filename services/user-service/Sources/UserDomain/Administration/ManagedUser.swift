import DomainKit
public import Foundation

/// An account with all that those who look after the platform may know of it.
public struct ManagedUser: Sendable, Hashable {
    public var user: User
    /// How many sessions are open.
    public var sessionCount: Int
    /// The store's time at which all this was so.
    public var readAt: Date

    public init(user: User, sessionCount: Int, readAt: Date) {
        self.user = user
        self.sessionCount = sessionCount
        self.readAt = readAt
    }
}

extension User {
    /// Whether the account can do what admins do.
    public var isActiveAdmin: Bool { roles.contains(.admin) && ban == nil }
}
