internal import DequeModule
internal import Synchronization
internal import Timing

/// The connections transactions lease: at most so many, handed out in the order they were asked for, the most recently
/// used first, closed when idle for long.
final class LeasePool: Sendable {
    private struct Waiter {
        let id: UInt64
        let continuation: CheckedContinuation<Lease, any Error>
    }

    private struct Idle {
        let lease: Lease
        let since: Nanoseconds
    }

    private struct State {
        var idle: [Idle] = []
        var leased = 0
        var waiters: Deque<Waiter> = []
        var nextID: UInt64 = 0
        var isTrimming = false
        var ending: PostgresError?
    }

    private let configuration: PostgresConfiguration
    private let settings: ConnectionDriver.Settings
    private let state = Mutex(State())

    init(_ configuration: PostgresConfiguration, _ settings: ConnectionDriver.Settings) {
        self.configuration = configuration
        self.settings = settings
    }

    /// Fails with kind `.timedOut` after the acquire time-out, or `limit` if that is shorter; with `CancellationError`
    /// when cancelled.
    nonisolated(nonsending) func acquire(within limit: Duration? = nil) async throws -> Lease {
        try Task.checkCancellation()
        if let lease = try takeOrMake() { return lease }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let patience = min(limit ?? configuration.acquireTimeout, configuration.acquireTimeout)
        let timer = Task { [weak self] in
            // The time-out itself: cancelled as soon as the waiter has its lease.
            try await Task.sleep(for: patience)
            self?.giveUp(id, PostgresError(.timedOut, "no connection became free within \(patience)"))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(Waiter(id: id, continuation: continuation))
                // Cancelled before it stood in line, when there was nobody to give up yet.
                if Task.isCancelled { giveUp(id, CancellationError()) }
            }
        } onCancel: {
            giveUp(id, CancellationError())
        }
    }

    /// Takes a lease back, for the next in line if it is good for anything still.
    func release(_ lease: Lease, isReusable: Bool) {
        let isGood = isReusable && !lease.isSpoiled
        if !isGood { lease.close(PostgresError(.connectionLost, "the connection was given up")) }
        enum Next { case none, hand(Waiter, Lease), close(PostgresError), trim }
        let next: Next = state.withLock { state in
            if let ending = state.ending {
                state.leased -= 1
                return .close(ending)
            }
            if let waiter = state.waiters.popFirst() {
                return .hand(waiter, isGood ? lease : Lease(settings, queue: RequestQueue(configuration)))
            }
            state.leased -= 1
            guard isGood else { return .none }
            state.idle.append(Idle(lease: lease, since: Monotonic.now))
            guard !state.isTrimming, state.idle.count > 1 else { return .none }
            state.isTrimming = true
            return .trim
        }
        switch next {
        case .none: break
        case .hand(let waiter, let heir): waiter.continuation.resume(returning: heir)
        case .close(let reason): lease.close(reason)
        case .trim: trim()
        }
    }

    func close(_ reason: PostgresError) {
        let (idle, waiters) = state.withLock { state in
            state.ending = state.ending ?? reason
            defer { (state.idle, state.waiters) = ([], []) }
            return (state.idle, state.waiters)
        }
        for idle in idle { idle.lease.close(reason) }
        for waiter in waiters { waiter.continuation.resume(throwing: reason) }
    }

    /// Nil when all that are allowed are leased.
    private func takeOrMake() throws(PostgresError) -> Lease? {
        try state.withLock { state throws(PostgresError) in try takeOrMake(&state) }
    }

    private func takeOrMake(_ state: inout State) throws(PostgresError) -> Lease? {
        if let ending = state.ending { throw ending }
        while let idle = state.idle.popLast() {
            if idle.lease.isSpoiled { continue }
            state.leased += 1
            return idle.lease
        }
        guard state.leased < configuration.transactionConnections else { return nil }
        state.leased += 1
        return Lease(settings, queue: RequestQueue(configuration))
    }

    private func enqueue(_ waiter: Waiter) {
        let outcome = state.withLock { state -> Result<Lease?, PostgresError> in
            // Something may have come back since the caller looked.
            let outcome = Result { () throws(PostgresError) in try takeOrMake(&state) }
            if case .success(nil) = outcome { state.waiters.append(waiter) }
            return outcome
        }
        switch outcome {
        case .success(let lease?): waiter.continuation.resume(returning: lease)
        case .success(nil): break
        case .failure(let error): waiter.continuation.resume(throwing: error)
        }
    }

    private func giveUp(_ id: UInt64, _ error: any Error) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.continuation.resume(throwing: error)
    }

    /// Closes what nobody used for long, until one is left.
    private func trim() {
        Task { [weak self, timeout = configuration.idleTimeout] in
            // Idle time is looked at twice in its length, and only while there is more than one to trim.
            repeat { try? await Task.sleep(for: timeout / 2) } while self?.trimOnce(timeout) == true
        }
    }

    private func trimOnce(_ timeout: Duration) -> Bool {
        let now = Monotonic.now
        let old = state.withLock { state -> [Idle] in
            var old: [Idle] = []
            while state.idle.count > 1, let first = state.idle.first, now >= first.since + timeout.wholeNanoseconds {
                old.append(state.idle.removeFirst())
            }
            state.isTrimming = state.idle.count > 1
            return old
        }
        for idle in old { idle.lease.close(PostgresError(.closed, "idle for too long")) }
        return state.withLock { $0.isTrimming }
    }
}
