internal import DequeModule
internal import Synchronization
internal import Timing

/// Requests that no connection has taken yet, and the drivers that come for them.
///
/// One queue feeds all shared connections: a request is bound to a connection only when it is sent, so what has not
/// been sent survives the loss of any of them. Enqueuing wakes a driver only if none is about to look anyway.
///
/// A request goes to the first connection on which it would wait hardly at all, else to the one where it would wait
/// least. So quick statements gather on few connections, where one write carries many of them and few threads take
/// turns on the processors, and statements that take their time spread over all.
final class RequestQueue: Sendable {
    struct Limits: Sendable {
        /// Requests that may wait.
        var waiting = 10_000
        /// Requests sent on one connection and not yet answered.
        var inFlight = 64
        var acquireTimeout: Duration
        var outagePatience: Duration
    }

    /// What the queue knows of a driver.
    struct Seat {
        var driver: ConnectionDriver?
        var isConnected = false
        /// Its last try to connect failed.
        var isFailing = false
        var inFlight = 0
        /// Since when the server has been at the same request.
        var headSince: Nanoseconds = 0
        /// How long the server takes for one request, lately.
        var pace: Nanoseconds = 0
    }

    struct State {
        var waiting: Deque<Request> = []
        var seats: [Seat] = []
        var isReaping = false
        /// Why no server can be reached, while that is so.
        var outage: PostgresError?
        /// Why nothing is taken any more.
        var ending: PostgresError?
        var onEmpty: [CheckedContinuation<Void, Never>] = []
    }

    let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits) {
        self.limits = limits
    }

    // MARK: Callers

    /// Sends the request and waits for its reply.
    ///
    /// Cancelling returns at once with `CancellationError`: a request still waiting is never sent; one already sent is
    /// cancelled on the server as soon as it is its turn, and may have taken effect.
    nonisolated(nonsending) func run(_ request: Request) async throws -> Reply {
        try await withTaskCancellationHandler {
            try await runToEnd(request)
        } onCancel: {
            request.abandon()
        }
    }

    /// The same, deaf to cancellation.
    nonisolated(nonsending) func runToEnd(_ request: Request) async throws -> Reply {
        try await withUnsafeThrowingContinuation { continuation in
            if request.await(continuation) { enqueue(request) }
        }
    }

    private func enqueue(_ request: Request) {
        let now = monotonicNow()
        request.enqueuedAt = now
        enum Next { case nothing, wake(ConnectionDriver, andReap: Bool), reap, fail(PostgresError) }
        let next: Next = state.withLock { state in
            if let ending = state.ending { return .fail(ending) }
            if state.waiting.count >= limits.waiting {
                return .fail(PostgresError(.unavailable, "\(limits.waiting) statements are waiting already"))
            }
            state.waiting.append(request)
            if state.hasDriverOnItsWay(limits) { return .nothing }
            let reaps = !state.isReaping && state.needsReaper(limits)
            if reaps { state.isReaping = true }
            if let driver = state.takeSleeper(limits, now: now) { return .wake(driver, andReap: reaps) }
            return reaps ? .reap : .nothing
        }
        switch next {
        case .nothing: break
        case .reap: reap()
        case .fail(let error): request.fail(error)
        case .wake(let driver, let reaps):
            driver.wake()
            if reaps { reap() }
        }
    }

    // MARK: Drivers

    /// Gives a driver its seat, which it names in every later call.
    func join(_ driver: ConnectionDriver) -> Int {
        state.withLock { state in
            state.seats.append(Seat(driver: driver))
            return state.seats.count - 1
        }
    }

    /// Hands out what may be sent now: nothing to a driver behind whose requests it would wait longer than elsewhere.
    func take(
        for seat: Int, inFlight: Int, headSince: Nanoseconds, pace: Nanoseconds, into batch: inout [Request]
    ) {
        let now = monotonicNow()
        state.withLock { state in
            state.seats[seat].inFlight = inFlight
            state.seats[seat].headSince = inFlight == 0 ? now : headSince
            state.seats[seat].pace = pace
            let count = min(state.waiting.count, limits.inFlight - inFlight)
            guard count > 0, !state.leavesToOthers(seat, limits, now: now) else { return }
            for _ in 0..<count { batch.append(state.waiting.removeFirst()) }
            state.seats[seat].inFlight += count
        }
    }

    enum Rest { case sleep, look, leave }

    /// Asks whether a driver may go to sleep, and if so notes that it has to be woken for the next request.
    func rest(_ seat: Int, isFull: Bool, isConnected: Bool) -> Rest {
        let (rest, other) = state.withLock { state -> (Rest, ConnectionDriver?) in
            state.seats[seat].isConnected = isConnected
            if state.ending != nil { return (.leave, nil) }
            if state.waiting.isEmpty {
                state.seats[seat].driver?.isAsleep.store(true, ordering: .sequentiallyConsistent)
                return (.sleep, nil)
            }
            let now = monotonicNow()
            if !isFull, !state.leavesToOthers(seat, limits, now: now) { return (.look, nil) }
            // Whatever this one cannot or should not take is another's.
            let other = state.wakeAnother(than: seat, limits, now: now)
            state.seats[seat].driver?.isAsleep.store(true, ordering: .sequentiallyConsistent)
            return (.sleep, other)
        }
        other?.wake()
        return rest
    }

    /// Puts requests that may be sent again in front of all others.
    func putBack(_ requests: [Request]) {
        let ending = state.withLock { state in
            if state.ending == nil { for request in requests.reversed() { state.waiting.prepend(request) } }
            return state.ending
        }
        if let ending { for request in requests { request.fail(ending) } }
    }

    func isConnected(_ seat: Int) {
        state.withLock { state in
            state.seats[seat].isConnected = true
            state.seats[seat].isFailing = false
            state.outage = nil
        }
    }

    /// A driver lost its connection, or failed to get one.
    func isDisconnected(_ seat: Int, error: PostgresError) {
        let (reaps, other) = state.withLock { state -> (Bool, ConnectionDriver?) in
            state.seats[seat].isConnected = false
            state.seats[seat].isFailing = true
            state.seats[seat].inFlight = 0
            guard !state.waiting.isEmpty else {
                if !state.seats.contains(where: \.isConnected) { state.outage = error }
                return (false, nil)
            }
            // What was left to this one goes to whoever is connected.
            if state.seats.contains(where: \.isConnected) {
                return (false, state.wakeAnother(than: seat, limits, now: monotonicNow()))
            }
            state.outage = error
            defer { state.isReaping = true }
            return (!state.isReaping, nil)
        }
        other?.wake()
        if reaps { reap() }
    }

    var hasWaiting: Bool { state.withLock { !$0.waiting.isEmpty } }
    var isEnding: Bool { state.withLock { $0.ending != nil } }

    func leave(_ seat: Int) {
        let waiters = state.withLock { state in
            state.seats[seat] = Seat()
            guard state.seats.allSatisfy({ $0.driver == nil }) else { return [CheckedContinuation<Void, Never>]() }
            defer { state.onEmpty = [] }
            return state.onEmpty
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: The end

    /// Takes nothing more, fails what waits, and lets the drivers finish what they sent.
    func close(_ reason: PostgresError) {
        let (requests, drivers) = state.withLock { state -> (Deque<Request>, [ConnectionDriver]) in
            guard state.ending == nil else { return ([], []) }
            state.ending = reason
            defer { state.waiting = [] }
            return (state.waiting, state.seats.compactMap(\.driver))
        }
        for request in requests { request.fail(reason) }
        for driver in drivers { driver.wake() }
    }

    /// Returns when every driver has left.
    func drained() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.seats.allSatisfy({ $0.driver == nil }) { return true }
                state.onEmpty.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// Fails requests whose time is up, for as long as any wait. Runs only while no driver has room for them: in
    /// ordinary times no timer is set for anything.
    private func reap() {
        Task { [weak self] in
            while let pause = self?.expire() { try? await Task.sleep(for: pause) }
        }
    }

    /// Fails what has waited for too long and tells how long the next may still wait; nil when there is none.
    private func expire() -> Duration? {
        let now = monotonicNow()
        let (expired, error, pause) = state.withLock { state -> ([Request], PostgresError, Duration?) in
            let patience =
                state.outage == nil ? limits.acquireTimeout : min(limits.outagePatience, limits.acquireTimeout)
            var expired: [Request] = []
            while let first = state.waiting.first, now >= first.enqueuedAt + patience.wholeNanoseconds {
                expired.append(state.waiting.removeFirst())
            }
            let error =
                state.outage.map { PostgresError(.unavailable, $0.message, sqlState: $0.sqlState) }
                ?? PostgresError(.timedOut, "no connection became free within \(limits.acquireTimeout)")
            guard let first = state.waiting.first else {
                state.isReaping = false
                return (expired, error, nil)
            }
            let rest = Duration.nanoseconds(first.enqueuedAt + patience.wholeNanoseconds - now)
            // An outage may begin meanwhile and shorten the wait.
            return (expired, error, min(rest, limits.outagePatience) + .milliseconds(1))
        }
        for request in expired { request.fail(error) }
        return pause
    }
}

extension RequestQueue.State {
    /// Some driver is awake with room: it looks here before it sleeps.
    fileprivate func hasDriverOnItsWay(besides excluded: Int? = nil, _ limits: RequestQueue.Limits) -> Bool {
        seats.indices.contains { index in
            index != excluded && seats[index].isConnected && seats[index].inFlight < limits.inFlight
                && seats[index].driver?.isAsleep.load(ordering: .sequentiallyConsistent) == false
        }
    }

    /// For what `seat`, which is awake, does not take: the sleeper to wake, unless somebody is coming anyway.
    fileprivate func wakeAnother(than seat: Int, _ limits: RequestQueue.Limits, now: Nanoseconds) -> ConnectionDriver? {
        hasDriverOnItsWay(besides: seat, limits) ? nil : takeSleeper(limits, now: now)
    }

    /// Nobody is connected and has room, so somebody must watch the time.
    fileprivate func needsReaper(_ limits: RequestQueue.Limits) -> Bool {
        !seats.contains { $0.isConnected && $0.inFlight < limits.inFlight }
    }

    /// A request would wait on this seat, and less on another one.
    fileprivate func leavesToOthers(_ seat: Int, _ limits: RequestQueue.Limits, now: Nanoseconds) -> Bool {
        let wait = seats[seat].wait(now)
        return wait > 0
            && seats.contains { other in
                other.driver != nil && other.inFlight < limits.inFlight && (other.isConnected || !other.isFailing)
                    && other.wait(now) < wait
            }
    }

    /// The sleeping driver where a request would wait least, the first of them, marked as awake; nil when it would
    /// wait less with one that is on its way.
    fileprivate func takeSleeper(_ limits: RequestQueue.Limits, now: Nanoseconds) -> ConnectionDriver? {
        var best: Int?
        var least = Nanoseconds.max
        for (index, seat) in seats.enumerated() {
            guard let driver = seat.driver, seat.inFlight < limits.inFlight,
                driver.isAsleep.load(ordering: .sequentiallyConsistent)
            else { continue }
            let wait = seat.wait(now)
            if wait < least { (best, least) = (index, wait) }
        }
        guard let best, !leavesToOthers(best, limits, now: now) else { return nil }
        seats[best].driver?.isAsleep.store(false, ordering: .sequentiallyConsistent)
        return seats[best].driver
    }
}

extension RequestQueue.Seat {
    /// A wait not worth the use of another connection.
    private static let negligible: Nanoseconds = 2_000_000
    /// About what a connect costs.
    private static let connect: Nanoseconds = 5_000_000

    /// How long one more request would wait here, by what is in flight and how quickly that has been answered; none
    /// if that is hardly anything.
    fileprivate func wait(_ now: Nanoseconds) -> Nanoseconds {
        guard isConnected else { return Self.connect }
        guard inFlight > 0 else { return 0 }
        let wait = max(Nanoseconds(inFlight) * pace, now > headSince ? now - headSince : 0)
        return wait > Self.negligible ? wait : 0
    }
}
