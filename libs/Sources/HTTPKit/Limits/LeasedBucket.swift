public import Foundation

/// The arithmetic of a bucket whose tokens are given out in portions, for stores that keep it in memory and as the model of
/// those that do not.
public struct LeasedBucket: Sendable, Hashable {
    private struct Hold: Sendable, Hashable {
        var tokens: Int
        var until: Double
    }

    public private(set) var tokens: Double
    /// In seconds of whatever clock the store uses.
    public private(set) var countedAt: Double
    private var holds: [UUID: Hold] = [:]

    /// A full bucket.
    public init(_ policy: RateLimitPolicy, at now: Double) {
        tokens = Double(policy.quota)
        countedAt = now
    }

    /// A clock that goes back fills nothing.
    public mutating func lease(
        _ most: Int, for life: Duration, returning unspent: Int, by holder: UUID, from policy: RateLimitPolicy,
        at now: Double
    ) -> RateLimitLease {
        fill(policy, at: now)
        // Nobody gives back more than they hold, so that no token comes from nowhere.
        let own = holds.removeValue(forKey: holder)?.tokens ?? 0
        tokens += Double(min(max(0, unspent), own))
        let given = min(max(0, most), Int(tokens))
        if given > 0 {
            tokens -= Double(given)
            holds[holder] = Hold(tokens: given, until: countedAt + max(0, life / .seconds(1)))
        }
        return RateLimitLease(
            tokens: given, remaining: Int(tokens),
            retryAfter: given > 0 || most <= 0 ? .zero : .bounded(seconds: (1 - tokens) / policy.refillPerSecond))
    }

    private mutating func fill(_ policy: RateLimitPolicy, at now: Double) {
        // Comparisons, not `max`: what is no number is then no time passed.
        let passed = now > countedAt ? min(now - countedAt, 1e12) : 0
        countedAt = now > countedAt ? now : countedAt
        holds = holds.filter { $0.value.until > countedAt }
        let held = holds.values.reduce(0) { $0 + Double($1.tokens) }
        tokens = max(0, min(Double(policy.quota) - held, tokens + passed * policy.refillPerSecond))
    }

    /// Whether the bucket would be full by now, and nothing of it held, which is the same as no bucket.
    func isFull(_ policy: RateLimitPolicy, at now: Double) -> Bool {
        var later = self
        later.fill(policy, at: now)
        return later.tokens >= Double(policy.quota)
    }
}
