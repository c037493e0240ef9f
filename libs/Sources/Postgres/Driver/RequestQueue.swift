internal import DequeModule
internal import Synchronization
internal import Timing

/// Requests that no connection has taken yet, and the drivers that come for them: a `Scheduler` under a lock, with the
/// real clock, which wakes, resumes and fails whom it says.
final class RequestQueue: Sendable {
    typealias Limits = Scheduler<Request>.Limits
    typealias Rest = Scheduler<Request>.Rest

    private struct State {
        var scheduler: Scheduler<Request>
        /// By seat; nil once it has left.
        var drivers: [ConnectionDriver?] = []
        var onEmpty: [CheckedContinuation<Void, Never>] = []
    }

    let limits: Limits
    private let clock: @Sendable () -> Nanoseconds
    private let state: Mutex<State>

    init(limits: Limits, clock: @escaping @Sendable () -> Nanoseconds = { Monotonic.now }) {
        self.limits = limits
        self.clock = clock
        state = Mutex(State(scheduler: Scheduler(limits: limits)))
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
        let now = clock()
        request.start(now)
        let (admission, driver) = state.withLock { state in
            let admission = state.scheduler.enqueue(request, now: now)
            guard case .accepted(let call) = admission else { return (admission, nil as ConnectionDriver?) }
            return (admission, call.wake.flatMap { state.drivers[$0] })
        }
        driver?.wake()
        switch admission {
        case .refused(let error): request.fail(error)
        case .accepted(let call): if call.reap { reap() }
        }
    }

    // MARK: Drivers

    /// Gives a driver its seat, which it names in every later call.
    func join(_ driver: ConnectionDriver) -> Int {
        state.withLock { state in
            state.drivers.append(driver)
            return state.scheduler.join()
        }
    }

    /// This driver will look for work before it sleeps; nobody has to wake it.
    func awake(_ seat: Int) {
        state.withLock { $0.scheduler.awake(seat) }
    }

    /// Hands out what may be sent now.
    func take(for seat: Int, inFlight: Int, headSince: Nanoseconds, pace: Nanoseconds, into batch: inout [Request]) {
        let now = clock()
        state.withLock { state in
            state.scheduler.take(
                for: seat, inFlight: inFlight, headSince: headSince, pace: pace, into: &batch, now: now)
        }
    }

    /// Asks whether a driver may go to sleep, and if so notes that it has to be woken for the next request.
    func rest(_ seat: Int, isFull: Bool) -> Rest {
        let now = clock()
        return obey { $0.rest(seat, isFull: isFull, now: now) }
    }

    /// Puts requests that may be sent again in front of all others.
    func putBack(_ requests: [Request]) {
        if let ending = state.withLock({ $0.scheduler.putBack(requests) }) {
            for request in requests { request.fail(ending) }
        }
    }

    func isConnected(_ seat: Int, to address: String) {
        state.withLock { $0.scheduler.connected(seat, to: address) }
    }

    /// A driver lost its connection, or failed to get one.
    func isDisconnected(_ seat: Int, error: PostgresError) {
        let now = clock()
        obey { ((), $0.disconnected(seat, error, now: now)) }
    }

    /// A driver gave up a connection that there was nothing wrong with; it makes another when it is needed.
    func isRetired(_ seat: Int) {
        obey { ((), $0.retired(seat)) }
    }

    /// The server at `address` answers nobody: all connections to it are given up, and what is under way on them.
    func isSilent(_ address: String, error: PostgresError) {
        let drivers: [ConnectionDriver] = obey(
            { scheduler -> ([Int], Scheduler<Request>.Call) in scheduler.silent(address, error) },
            { seats, drivers in seats.compactMap { drivers[$0] } })
        for driver in drivers { driver.giveUp() }
    }

    var isEnding: Bool { state.withLock { $0.scheduler.ending != nil } }

    func leave(_ seat: Int) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.scheduler.leave(seat)
            state.drivers[seat] = nil
            guard state.scheduler.isDeserted else { return [] }
            defer { state.onEmpty = [] }
            return state.onEmpty
        }
        for waiter in waiters { waiter.resume() }
    }

    // MARK: The end

    /// Takes nothing more, fails what waits, and lets the drivers finish what they sent.
    func close(_ reason: PostgresError) {
        let (requests, drivers) = state.withLock { state -> (Deque<Request>, [ConnectionDriver]) in
            if state.scheduler.ending != nil { return ([], []) }
            return (state.scheduler.close(reason), state.drivers.compactMap(\.self))
        }
        for request in requests { request.fail(reason) }
        for driver in drivers { driver.wake() }
    }

    /// Returns when every driver has left.
    func drained() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.scheduler.isDeserted { return true }
                state.onEmpty.append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }

    // MARK: Doing what the scheduler says

    @discardableResult
    private func obey<Value: Sendable>(
        _ body: (inout Scheduler<Request>) -> (Value, Scheduler<Request>.Call)
    ) -> Value {
        obey(body) { value, _ in value }
    }

    private func obey<Value, Result: Sendable>(
        _ body: (inout Scheduler<Request>) -> (Value, Scheduler<Request>.Call),
        _ transform: (Value, [ConnectionDriver?]) -> Result
    ) -> Result {
        let (result, driver, reaps) = state.withLock { state -> (Result, ConnectionDriver?, Bool) in
            let (value, call) = body(&state.scheduler)
            return (transform(value, state.drivers), call.wake.flatMap { state.drivers[$0] }, call.reap)
        }
        driver?.wake()
        if reaps { reap() }
        return result
    }

    /// Fails requests whose time is up, for as long as any wait. Runs only while no connection is sure to take them: in
    /// ordinary times no timer is set for anything.
    private func reap() {
        Task { [weak self] in
            while let nap = self?.expire() { try? await Task.sleep(for: .nanoseconds(Int64(clamping: nap))) }
        }
    }

    private func expire() -> Nanoseconds? {
        let now = clock()
        let (expired, nap, drivers) = state.withLock {
            state -> ([(Request, PostgresError)], Nanoseconds?, [ConnectionDriver]) in
            let (expired, nap) = state.scheduler.expire(now: now)
            return (expired, nap, state.scheduler.ending == nil ? [] : state.drivers.compactMap(\.self))
        }
        for (request, error) in expired { request.fail(error) }
        for driver in drivers { driver.wake() }
        return nap
    }
}
