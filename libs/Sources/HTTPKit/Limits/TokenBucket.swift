/// The arithmetic of one bucket, for stores that keep it in memory and as the model of those that do not.
public struct TokenBucket: Sendable, Hashable {
    public private(set) var tokens: Double
    /// In seconds of whatever clock the store uses.
    public private(set) var countedAt: Double

    /// A full bucket.
    public init(_ policy: RateLimitPolicy, at now: Double) {
        tokens = Double(policy.quota)
        countedAt = now
    }

    /// A clock that goes back fills nothing, and a cost below nothing is none.
    public mutating func take(_ cost: Int, by policy: RateLimitPolicy, at now: Double) -> RateLimitDecision {
        let cost = Double(max(0, cost))
        // Comparisons, not `max`: what is no number is then no time passed.
        let passed = now > countedAt ? now - countedAt : 0
        tokens = min(Double(policy.quota), tokens + passed * policy.refillPerSecond)
        countedAt = now > countedAt ? now : countedAt
        let isAllowed = tokens >= cost
        if isAllowed { tokens -= cost }
        return RateLimitDecision(policy, isAllowed: isAllowed, tokens: tokens, cost: cost)
    }

    /// Whether the bucket would be full by now, which is the same as no bucket.
    func isFull(_ policy: RateLimitPolicy, at now: Double) -> Bool {
        tokens + max(0, now - countedAt) * policy.refillPerSecond >= Double(policy.quota)
    }
}
