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

/// Who wants a portion of which bucket.
public struct RateLimitClaim: Sendable, Hashable {
    public let key: String
    /// Whoever spends the portion. It gets a new one in the place of what it held.
    public let holder: UUID
    /// What it held and did not spend, which goes back first. What it does not give back it has spent, as does who never
    /// comes back.
    public let unspent: Int

    public init(key: String, holder: UUID, unspent: Int = 0) {
        self.key = key
        self.holder = holder
        self.unspent = unspent
    }
}

/// A store of limits that gives tokens out in portions, for what comes too often to ask for each.
///
/// The limit stays what it is, however many hold a portion: what is in a bucket and what is held of it are together never
/// more than its quota, so that a portion that was kept for later is no token more. `RateLimitLeaseContract` in
/// PlatformTesting holds every implementation to this; `LeasedBucket` is the arithmetic.
public protocol RateLimitLeases: Sendable {
    /// Gives each up to `most` tokens, in the order of the claims; each of them is one atomic step.
    ///
    /// Fails: `platform.unavailable`, for a policy that is closed when the store is away.
    func lease(
        _ most: Int, for life: Duration, from policy: RateLimitPolicy, to claims: [RateLimitClaim]
    ) async throws -> [RateLimitLease]
}
