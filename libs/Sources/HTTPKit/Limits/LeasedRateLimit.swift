import Foundation
import Synchronization
import Timing

/// One limit for what comes so often that asking the shared store each time would cost more than the thing itself.
///
/// Each process takes a tenth of the quota at a time and spends it by itself; the next portion is asked for before the last
/// is spent. So one call to the store does for many, however slowly they come, and the sum over all processes stays within
/// the quota (`RateLimitLeases`), but for one token a process that may be lent and is paid back
/// (`RateLimitAccount.takeHeld`). What one holds and does not spend the others lack, until it is a minute old.
public final class LeasedRateLimit: Sendable {
    private struct State {
        var accounts: [String: RateLimitAccount] = [:]
        var sweepAt = 1_024
    }

    public let policy: RateLimitPolicy
    private let desk: LeaseDesk
    private let clock: @Sendable () -> UInt64
    private let state = Mutex(State())

    /// - Parameter clock: nanoseconds that never go back; without one the monotonic clock.
    public init(
        _ policy: RateLimitPolicy, store: any RateLimitLeases, clock: (@Sendable () -> UInt64)? = nil
    ) {
        self.policy = policy
        desk = LeaseDesk(policy, store: store)
        self.clock = clock ?? { Monotonic.now }
    }

    /// What is held for `key` here. Worth keeping for as long as somebody spends from it: then each time costs a few
    /// additions.
    public func account(of key: String) -> RateLimitAccount {
        state.withLock { state in
            if let account = state.accounts[key] { return account }
            sweep(&state)
            let account = RateLimitAccount(key: key, desk: desk, clock: clock)
            state.accounts[key] = account
            return account
        }
    }

    /// How many accounts are held.
    var count: Int { state.withLock { $0.accounts.count } }

    /// Drops those that hold nothing whenever their number has doubled. Who still has one goes on with it; each is a holder
    /// of its own.
    private func sweep(_ state: inout State) {
        guard state.accounts.count >= state.sweepAt else { return }
        state.accounts = state.accounts.filter { !$0.value.isIdle }
        state.sweepAt = max(1_024, state.accounts.count * 2)
    }
}
