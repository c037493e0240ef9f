public import DomainKit
import Foundation
import Synchronization

/// What one process holds of one bucket.
public final class RateLimitAccount: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Void, Failure>, Never>

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
        /// Spent before it was held. Nothing is lent again before `owedUntil`, when the bucket would be full anyway.
        var owed = 0
        var owedUntil: UInt64 = 0
        var isAsking = false
        var waiters: [Waiter] = []
    }

    private let key: String
    private let holder = UUID()
    private let desk: LeaseDesk
    private let clock: @Sendable () -> UInt64
    private let state = Mutex(State())

    init(key: String, desk: LeaseDesk, clock: @escaping @Sendable () -> UInt64) {
        self.key = key
        self.desk = desk
        self.clock = clock
    }

    /// Takes one token of what is held, or says that there is none to be had. Never waits. Nil when the store has to be asked,
    /// which `take` does; where little is left it is asked from here on.
    ///
    /// Of a limit that each process counts for itself when it must, a token a window is lent where nothing is held, and paid
    /// back of the next portion: who does something now and then is not kept waiting for the store, and one call does for many
    /// of them.
    public func takeHeld() -> RateLimitDecision? {
        let (answer, asks) = state.withLock { state -> (RateLimitDecision?, Bool) in
            let now = clock()
            guard state.held > 0, now < state.until else {
                if now < state.refusedUntil { return (decision(state, isAllowed: false, now), false) }
                guard lend(&state, now) else { return (nil, false) }
                return (decision(state, isAllowed: true, now), true)
            }
            state.held -= 1
            let asks = !state.isAsking && isLow(state, now)
            if asks { state.isAsking = true }
            return (decision(state, isAllowed: true, now), asks)
        }
        if asks { desk.ask(for: self, isUrgent: false) }
        return answer
    }

    /// Takes one token, of those that are held or of new ones.
    ///
    /// Fails: `unavailable`, for a limit that is closed when the store is away. A caller that is cancelled waits as long as
    /// it would have.
    public func take() async throws(Failure) -> RateLimitDecision {
        while true {
            if let decision = takeHeld() { return decision }
            try await withCheckedContinuation { (waiter: Waiter) in
                let isFirst = state.withLock { state in
                    defer { state.isAsking = true }
                    state.waiters.append(waiter)
                    return !state.isAsking
                }
                // It may have been asked for ahead, and gather others.
                if isFirst { desk.ask(for: self, isUrgent: true) } else { desk.hurry() }
            }.get()
        }
    }

    /// Whether nothing is known here that the store would not say as well.
    var isIdle: Bool {
        state.withLock { state in
            let now = clock()
            return !state.isAsking && now >= state.refusedUntil && (state.held == 0 || now >= state.until)
                && now >= state.owedUntil
        }
    }

    /// Whether the store is being asked.
    var isAsking: Bool { state.withLock { $0.isAsking } }

    /// True: one was lent, and is to be asked for.
    private func lend(_ state: inout State, _ now: UInt64) -> Bool {
        guard desk.policy.whenAway == .countedHere, !state.isAsking, now >= state.owedUntil else { return false }
        (state.owed, state.owedUntil) = (1, after(desk.policy.window, now))
        state.isAsking = true
        return true
    }

    private func isLow(_ state: State, _ now: UInt64) -> Bool {
        // A portion of a few is not worth a call before its time.
        guard desk.portion >= 4, now >= state.aheadFrom else { return false }
        return state.held <= desk.portion / 4 || now >= state.until &- nanoseconds(desk.life) / 4
    }

    private func decision(_ state: State, isAllowed: Bool, _ now: UInt64) -> RateLimitDecision {
        let policy = desk.policy
        let remaining = isAllowed ? min(state.held + state.remaining, policy.quota) : 0
        return RateLimitDecision(
            isAllowed: isAllowed, remaining: remaining,
            resetAfter: .bounded(seconds: Double(policy.quota - remaining) / policy.refillPerSecond),
            retryAfter: isAllowed ? .zero : .nanoseconds(Int64(clamping: state.refusedUntil - now)))
    }
}

// MARK: - What the desk asks and tells

extension RateLimitAccount {
    /// What is claimed of the store, and since when.
    typealias Claim = (claim: RateLimitClaim, begun: UInt64)

    func claim() -> Claim {
        state.withLock { state in
            let now = clock()
            let unspent = now < state.until ? state.held : 0
            return (RateLimitClaim(key: key, holder: holder, unspent: unspent), now)
        }
    }

    func settle(_ lease: RateLimitLease, _ claim: Claim) {
        let (waiters, isInTime) = state.withLock { state in
            (drain(&state), settle(&state, lease, returned: claim.claim.unspent, since: claim.begun))
        }
        // What came when its time was over already helps nobody, nor would the next.
        let result: Result<Void, Failure> = isInTime ? .success(()) : .failure(.unavailable("limits"))
        for waiter in waiters { waiter.resume(returning: result) }
    }

    func settle(_ failure: Failure) {
        let waiters = state.withLock { state in
            state.aheadFrom = after(.seconds(1), clock())
            return drain(&state)
        }
        for waiter in waiters { waiter.resume(returning: .failure(failure)) }
    }

    private func drain(_ state: inout State) -> [Waiter] {
        defer { (state.waiters, state.isAsking) = ([], false) }
        return state.waiters
    }

    /// False when the answer took longer than what it brought is good for.
    private func settle(_ state: inout State, _ lease: RateLimitLease, returned: Int, since begun: UInt64) -> Bool {
        let now = clock()
        // What was spent of the returned while it was asked is among the new ones, which are no fewer.
        let spent = returned - (returned > 0 ? min(state.held, returned) : 0)
        let new = max(0, lease.tokens - spent)
        let paid = now < state.owedUntil ? min(state.owed, new) : state.owed
        state.owed -= paid
        state.held = max(0, new - paid)
        state.until = after(desk.life, begun)
        state.remaining = lease.remaining
        if lease.tokens == 0 { state.refusedUntil = after(max(lease.retryAfter, .milliseconds(10)), now) }
        if lease.tokens < desk.portion { state.aheadFrom = after(.seconds(1), now) }
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
