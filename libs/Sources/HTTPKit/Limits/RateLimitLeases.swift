public import Foundation

/// Tokens that were taken out of a bucket to be spent elsewhere, one by one, without asking for each.
public struct RateLimitLease: Sendable, Hashable {
    /// Good for the time that was asked for, and no longer.
    public let tokens: Int
    /// Whole tokens left in the bucket.
    public let remaining: Int
    /// Until there is one to be had again; zero when there was.
    public let retryAfter: Duration

    public init(tokens: Int, remaining: Int, retryAfter: Duration) {
        self.tokens = tokens
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}

/// A store of limits that gives tokens out in portions, for what comes too often to ask for each.
///
/// The limit stays what it is, however many hold a portion: what is in a bucket and what is held of it are together never
/// more than its quota, so that a portion that was kept for later is no token more. `RateLimitLeaseContract` in
/// PlatformTesting holds every implementation to this; `LeasedBucket` is the arithmetic.
public protocol RateLimitLeases: Sendable {
    /// Gives `holder` up to `most` tokens in the place of what it held, of which `unspent` go back first: one atomic step.
    /// What it does not give back it has spent, as does who never comes back.
    ///
    /// Fails: `platform.unavailable`, for a policy that is closed when the store is away.
    func lease(
        _ most: Int, for life: Duration, returning unspent: Int, by holder: UUID, from policy: RateLimitPolicy,
        for key: String
    ) async throws -> RateLimitLease
}
