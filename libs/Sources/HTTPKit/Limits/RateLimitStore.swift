/// How often something may be done: a bucket of `quota` tokens that fills up within `window`.
public struct RateLimitPolicy: Sendable, Hashable {
    /// What clients see and the store keeps buckets by: `sign-in`, `messages`.
    public let name: String
    public let quota: Int
    public let window: Duration
    public let whenAway: WhenAway

    /// What becomes of a limit whose shared store is away.
    public enum WhenAway: Sendable, Hashable {
        /// Nobody passes: unavailable. For what costs more than being unable to do it.
        case closed
        /// Each replica counts for itself until the store is back, so that up to as many times the quota pass as there are
        /// replicas. For what must go on.
        case countedHere
    }

    /// `quota` is from 1 to 2^53, up to which a bucket counts exactly, `window` from a second to some thirty years.
    public init(_ name: String, quota: Int, per window: Duration, whenAway: WhenAway = .closed) {
        self.name = name
        self.quota = min(max(1, quota), 1 << 53)
        self.window = min(max(.seconds(1), window), .seconds(1_000_000_000))
        self.whenAway = whenAway
    }

    /// Whole seconds of the window.
    public var windowSeconds: Int64 { window.components.seconds }

    /// Tokens that come back in a second.
    public var refillPerSecond: Double { Double(quota) / (window / .seconds(1)) }
}

/// What a bucket says.
public struct RateLimitDecision: Sendable, Hashable {
    public let isAllowed: Bool
    /// Whole tokens left.
    public let remaining: Int
    /// Until the bucket is full again when nothing more is taken.
    public let resetAfter: Duration
    /// Until the same call would be let through; zero when it was.
    public let retryAfter: Duration

    public init(isAllowed: Bool, remaining: Int, resetAfter: Duration, retryAfter: Duration) {
        self.isAllowed = isAllowed
        self.remaining = remaining
        self.resetAfter = resetAfter
        self.retryAfter = retryAfter
    }

    /// What a bucket of `policy` says that has `tokens` after `cost` was taken from it, or refused.
    package init(_ policy: RateLimitPolicy, isAllowed: Bool, tokens: Double, cost: Double) {
        self.init(
            isAllowed: isAllowed, remaining: Int(tokens),
            resetAfter: .bounded(seconds: (Double(policy.quota) - tokens) / policy.refillPerSecond),
            retryAfter: .bounded(seconds: (isAllowed ? 0 : cost - tokens) / policy.refillPerSecond))
    }
}

/// The port behind rate limits. `RateLimitStoreContract` in PlatformTesting holds every implementation to this.
///
/// A bucket is two numbers, tokens and the time they were counted; `TokenBucket` is the arithmetic. It fits one hash
/// per key in Redis and a script of a few lines: fill up by the time passed, take if enough, write back, expire after
/// the window.
public protocol RateLimitStore: Sendable {
    /// Takes `cost` tokens from the bucket of `policy` and `key` in one atomic step, or none when there are too few.
    ///
    /// Fails: `platform.unavailable`, for a policy that is closed when the store is away; callers then fail closed.
    func take(_ cost: Int, from policy: RateLimitPolicy, for key: String) async throws -> RateLimitDecision
}
