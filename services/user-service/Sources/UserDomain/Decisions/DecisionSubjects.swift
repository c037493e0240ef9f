public import DomainKit
public import Foundation

/// An account as decisions see it, at one moment of the store's time.
public struct DecisionSubject: Sendable, Hashable {
    public let user: User
    public let readAt: Date

    public init(user: User, readAt: Date) {
        self.user = user
        self.readAt = readAt
    }

    /// When what is so of the account changes by itself.
    var turns: [Date] {
        [user.ban?.until, user.membership?.from, user.membership?.until].compactMap { $0 }.filter { $0 > readAt }
    }

    /// The moment at which the account is so old, in seconds.
    func reaches(age: Int) -> Date { user.createdAt.addingTimeInterval(TimeInterval(age)) }
}

/// Where decisions find accounts.
public protocol DecisionSubjects: Sendable {
    /// Those of these accounts that are there, all as they are at the same moment.
    ///
    /// Fails with `unavailable` when the store is away.
    func subjects(_ ids: Set<UserID>) async throws -> [UserID: DecisionSubject]
}
