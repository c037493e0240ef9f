import Foundation
import Synchronization
import Timing

/// Buckets in this process: the twin of a shared store in tests, and enough for limits that are per replica.
public final class InMemoryRateLimitStore: RateLimitStore, RateLimitLeases {
    private struct Key: Hashable {
        let policy: RateLimitPolicy
        let key: String
    }

    private struct State {
        var buckets: [Key: TokenBucket] = [:]
        var leased: [Key: LeasedBucket] = [:]
        var sweepAt = 1_024
    }

    private let state = Mutex(State())
    private let seconds: @Sendable () -> Double

    /// How many buckets are held.
    var count: Int { state.withLock { $0.buckets.count + $0.leased.count } }

    /// - Parameter seconds: a clock, in seconds since any moment.
    public init(seconds: (@Sendable () -> Double)? = nil) {
        self.seconds = seconds ?? { Double(Monotonic.now) / 1_000_000_000 }
    }

    public func take(_ cost: Int, from policy: RateLimitPolicy, for key: String) async throws -> RateLimitDecision {
        let now = seconds()
        return state.withLock { state in
            sweep(&state, now)
            let key = Key(policy: policy, key: key)
            return state.buckets[key, default: TokenBucket(policy, at: now)].take(cost, by: policy, at: now)
        }
    }

    public func lease(
        _ most: Int, for life: Duration, from policy: RateLimitPolicy, to claims: [RateLimitClaim]
    ) async throws -> [RateLimitLease] {
        let now = seconds()
        return state.withLock { state in
            sweep(&state, now)
            return claims.map { claim in
                let key = Key(policy: policy, key: claim.key)
                return state.leased[key, default: LeasedBucket(policy, at: now)].lease(
                    most, for: life, returning: claim.unspent, by: claim.holder, from: policy, at: now)
            }
        }
    }

    /// Drops full buckets whenever their number has doubled, so that memory follows the callers of one window.
    private func sweep(_ state: inout State, _ now: Double) {
        guard state.buckets.count + state.leased.count >= state.sweepAt else { return }
        state.buckets = state.buckets.filter { !$0.value.isFull($0.key.policy, at: now) }
        state.leased = state.leased.filter { !$0.value.isFull($0.key.policy, at: now) }
        state.sweepAt = max(1_024, (state.buckets.count + state.leased.count) * 2)
    }
}
