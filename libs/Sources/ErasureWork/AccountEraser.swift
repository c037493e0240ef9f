public import DomainKit
public import Foundation
public import Postgres

/// How a service takes out what it keeps of one account.
public protocol AccountEraser: Sendable {
    /// Takes out some of it, in a bounded piece; nothing but what is done in `transaction` may count as done.
    ///
    /// - Parameter place: what the step before this one wanted to go on from; nil at the first.
    func step(
        _ account: UserID, from place: UUID?, in transaction: PostgresTransaction
    ) async throws -> ErasureStep

    /// Called after a step has been committed, for what must not happen before: removing bytes, above all. What fails here has
    /// to come back by itself.
    func settle() async
}

extension AccountEraser {
    public func settle() async {}
}

/// What a step did, and how it goes on.
public struct ErasureStep: Sendable, Hashable {
    public enum Next: Sendable, Hashable {
        /// At once, from this place.
        case more(from: UUID?)
        /// Nothing is left but what takes its time elsewhere; a look again in some seconds.
        case later
        case done
    }

    /// How much went, by what it was: `messages`, `videos`. Added up over the steps for the report.
    public let removed: [String: Int64]
    public let next: Next

    public init(removed: [String: Int64] = [:], next: Next) {
        self.removed = removed
        self.next = next
    }
}
