public import DomainKit
import Foundation
import Synchronization

/// What one process holds of one bucket.
public final class RateLimitAccount: Sendable {
    /// What is the same for all accounts of a limit.
    struct Form: Sendable {
        let policy: RateLimitPolicy
        let store: any RateLimitLeases
        let portion: Int
        let life: Duration
        let clock: @Sendable () -> UInt64
    }

    private typealias Refill = Task<Result<Void, Failure>, Never>

    private struct State {
        var held = 0
        /// What is held is good until then.
        var until: UInt64 = 0
        /// What was left in the bucket for everybody.
        var remaining = 0
        /// The bucket has nothing before that.
        var refusedUntil: UInt64 = 0
        /// Not asked ahead before that: the last time there was little to be had, or nobody answered.
        var aheadFrom: UInt64 = 0
        var refill: Refill?
    }

    private let key: String
    private let form: Form
    private let holder = UUID()
    private let state = Mutex(State())

    init(key: String, _ form: Form) {
        self.key = key
        self.form = form
    }

    /// Takes one token of what is held, or says that there is none to be had. Never waits. Nil when the store has to be asked,
    /// which `take` does; where little is left it is asked from here on.
    public func takeHeld() -> RateLimitDecision? {
        state.withLock { state in
            let now = form.clock()
            guard state.held > 0, now < state.until else {
                return now < state.refusedUntil ? decision(state, isAllowed: false, now) : nil
            }
            state.held -= 1
            if state.refill == nil, isLow(state, now) { state.refill = refill() }
            return decision(state, isAllowed: true, now)
        }
    }

    /// Takes one token, of those that are held or of new ones.
    ///
    /// Fails: `unavailable`, for a limit that is closed when the store is away. A caller that is cancelled waits as long as
    /// it would have.
    public func take() async throws(Failure) -> RateLimitDecision {
        while true {
            if let decision = takeHeld() { return decision }
            let asking = state.withLock { state in
                let asking = state.refill ?? refill()
                state.refill = asking
                return asking
            }
            try await asking.value.get()
        }
    }

    /// Whether nothing is known here that the store would not say as well.
    var isIdle: Bool {
        state.withLock { state in
            let now = form.clock()
            return state.refill == nil && now >= state.refusedUntil && (state.held == 0 || now >= state.until)
        }
    }

    /// Whether the store is being asked.
    var isAsking: Bool { state.withLock { $0.refill != nil } }

    private func isLow(_ state: State, _ now: UInt64) -> Bool {
        // A portion of a few is not worth a call before its time.
        guard form.portion >= 4, now >= state.aheadFrom else { return false }
        return state.held <= form.portion / 4 || now >= state.until &- nanoseconds(form.life) / 4
    }

    private func decision(_ state: State, isAllowed: Bool, _ now: UInt64) -> RateLimitDecision {
        let remaining = isAllowed ? min(state.held + state.remaining, form.policy.quota) : 0
        return RateLimitDecision(
            isAllowed: isAllowed, remaining: remaining,
            resetAfter: .bounded(seconds: Double(form.policy.quota - remaining) / form.policy.refillPerSecond),
            retryAfter: isAllowed ? .zero : .nanoseconds(Int64(clamping: state.refusedUntil - now)))
    }
}

// MARK: - Asking the store

extension RateLimitAccount {
    private func refill() -> Refill { Task { await ask() } }

    private func ask() async -> Result<Void, Failure> {
        // From before it is asked, so that nothing is thought to be good for longer than it is.
        let (unspent, begun) = state.withLock { state in
            let now = form.clock()
            return (now < state.until ? state.held : 0, now)
        }
        do {
            let lease = try await form.store.lease(
                form.portion, for: form.life, returning: unspent, by: holder, from: form.policy, for: key)
            let isInTime = state.withLock { settle(&$0, lease, returned: unspent, since: begun) }
            // What came when its time was over already helps nobody, nor would the next.
            return isInTime ? .success(()) : .failure(.unavailable("limits"))
        } catch {
            state.withLock { state in
                state.refill = nil
                state.aheadFrom = after(.seconds(1), form.clock())
            }
            return .failure(error as? Failure ?? .unavailable("limits", cause: error))
        }
    }

    /// False when the answer took longer than what it brought is good for.
    private func settle(_ state: inout State, _ lease: RateLimitLease, returned: Int, since begun: UInt64) -> Bool {
        // What was spent of the returned while it was asked is among the new ones, which are no fewer.
        let spent = returned - (returned > 0 ? min(state.held, returned) : 0)
        state.held = max(0, lease.tokens - spent)
        state.until = after(form.life, begun)
        state.remaining = lease.remaining
        state.refill = nil
        let now = form.clock()
        if lease.tokens == 0 { state.refusedUntil = after(max(lease.retryAfter, .milliseconds(10)), now) }
        if lease.tokens < form.portion { state.aheadFrom = after(.seconds(1), now) }
        return now < (lease.tokens == 0 ? state.refusedUntil : state.until)
    }

    private func after(_ time: Duration, _ moment: UInt64) -> UInt64 {
        let (sum, isOver) = moment.addingReportingOverflow(nanoseconds(time))
        return isOver ? .max : sum
    }

    private func nanoseconds(_ duration: Duration) -> UInt64 {
        UInt64(min(max(0, duration / .nanoseconds(1)), 1e18))
    }
}
