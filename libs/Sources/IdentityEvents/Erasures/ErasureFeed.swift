public import Foundation

/// An account that user-service has erased, and of which nobody may keep anything.
public struct ErasedAccount: Sendable, Hashable {
    public let userID: UUID
    /// Of the event that told of it, so that erasures are in the order of their commits.
    public let position: IdentityPosition
    /// When it was erased, by the database's time.
    public let at: Date

    public init(userID: UUID, position: IdentityPosition, at: Date) {
        self.userID = userID
        self.position = position
        self.at = at
    }
}

/// Some erasures, the oldest first, and where to read on.
public struct ErasurePage: Sendable, Hashable {
    public let items: [ErasedAccount]
    public let next: IdentityPosition

    public init(items: [ErasedAccount], next: IdentityPosition) {
        self.items = items
        self.next = next
    }
}

/// All accounts that were ever erased, and what the services that follow did about them. Unlike identity events they are kept
/// for good: a service that was away for a week, or whose database is an older one again, misses none.
public protocol ErasureFeed: Sendable {
    /// What was erased after `position`; from the beginning without one, and after one that is unknown here, as after a
    /// restored backup. Nothing: there is nothing newer.
    func erasures(after position: IdentityPosition?) async throws -> ErasurePage

    /// Says that the calling service keeps nothing of the account any more, and what it has `removed`, by kind. Saying it again
    /// puts the newer word in the place of the former one.
    func report(_ removed: [String: Int64], of user: UUID) async throws
}
