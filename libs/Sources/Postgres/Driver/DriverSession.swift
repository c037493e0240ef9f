internal import Logging
internal import Timing

/// The life of one connection, from connected to lost or no longer wanted: takes requests from the queue, sends them,
/// sleeps, reads replies, hands them out, and sees to cancellation and the dead. Runs on the driver's thread.
final class DriverSession {
    let driver: ConnectionDriver
    let pipeline: Pipeline
    let queue: RequestQueue
    private let seat: Int
    let address: String
    let cancels: CancelDesk?
    let probe: LifeProbe
    let responseTimeout: Nanoseconds?
    let silenceTimeout: Nanoseconds?

    private var batch: [Request] = []
    /// Requests the connection cannot take yet: some wait for those before them, and others for one that is alone.
    var held: [Request] = []
    private var wantsRoom = false
    /// Where a primary was asked for.
    private var isAtStandby = false
    /// Not for new requests: it leads to a standby, or is no longer as a stranger expects.
    private var isRetiring = false
    /// Since when the server has been at the request it is at.
    var headSince: Nanoseconds = 0
    /// When the server last said something, or owed nothing.
    var heardAt: Nanoseconds = 0
    /// When it was last asked whether it is there.
    var askedAt: Nanoseconds = 0
    /// When the first of the callers of what is under way waits no longer.
    var earliestDeadline = Nanoseconds.max
    /// How long the server takes for one request, smoothed over about eight reads.
    private var pace: Nanoseconds = 0
    /// Which request the server was last asked to stop.
    weak var cancelled: Request?
    var deadlineToClose: Nanoseconds?

    init(_ driver: ConnectionDriver, _ pipeline: Pipeline, queue: RequestQueue, seat: Int) {
        self.driver = driver
        self.pipeline = pipeline
        self.queue = queue
        self.seat = seat
        let parameters = pipeline.address
        address = parameters.map(\.value).joined(separator: " ")
        cancels = pipeline.canceller.map(CancelDesk.init)
        probe = LifeProbe(driver.settings.parameters.probing(parameters))
        responseTimeout = driver.settings.responseTimeout?.wholeNanoseconds
        silenceTimeout = driver.settings.silenceTimeout?.wholeNanoseconds
    }

    enum Ending {
        case lost(PostgresError)
        /// It was as good as any, but not for strangers.
        case retired
        /// Nothing more is to come.
        case wanted
    }

    /// Returns why the connection ended.
    func run() -> Ending {
        driver.poller.attach(pipeline.socket)
        while !pipeline.isBroken, !driver.isGivenUp {
            send()
            let now = Monotonic.now
            watch(now)
            switch queue.rest(seat, isFull: isFull) {
            case .look: continue
            case .leave: deadlineToClose = deadlineToClose ?? now + Self.closeGrace
            case .sleep: break
            }
            if isOver(now) { break }
            let ready = driver.poller.wait(atMost: nextDeadline.map { $0 > now ? $0 - now : 0 })
            queue.awake(seat)
            if ready.isReadable { receive() }
        }
        return end()
    }

    private var isFull: Bool {
        isRetiring || deadlineToClose != nil || !held.isEmpty || pipeline.inFlight >= queue.limits.inFlight
    }

    // MARK: Sending

    private func send() {
        if !isRetiring, held.isEmpty, deadlineToClose == nil {
            queue.take(for: seat, inFlight: pipeline.inFlight, headSince: headSince, pace: pace, into: &batch)
        }
        swap(&batch, &held)
        batch.append(contentsOf: held)
        held.removeAll(keepingCapacity: true)
        let now = batch.isEmpty ? 0 : Monotonic.now
        for request in batch { send(request, now) }
        batch.removeAll(keepingCapacity: true)
        if pipeline.flush() != wantsRoom {
            wantsRoom.toggle()
            driver.poller.setWantsRoom(wantsRoom, in: pipeline.socket)
        }
    }

    private func send(_ request: Request, _ now: Nanoseconds) {
        earliestDeadline = min(earliestDeadline, request.deadline)
        guard held.isEmpty, !isRetiring else { return held.append(request) }
        guard request.begin(on: driver) else {
            // What stands behind it builds on it: a transaction whose BEGIN never left.
            if queue.limits.isChain { breakChain() }
            return
        }
        let isFirst = pipeline.inFlight == 0
        guard pipeline.send(request) else { return held.append(request) }
        if isFirst { (headSince, heardAt) = (now, now) }
        request.sentAt = now
    }

    private func breakChain() {
        queue.close(.brokenChain)
        isRetiring = true
    }

    // MARK: Receiving

    private func receive() {
        let (now, since) = (Monotonic.now, headSince)
        heardAt = now
        var finished: Nanoseconds = 0
        pipeline.receive { request in
            headSince = now
            finished += 1
            if !repeats(request) { request.finish() }
        }
        if finished > 0 { pace = (7 * pace + (now - since) / finished) / 8 }
        if pipeline.leavesTraces, driver.settings.reconnects, !isRetiring {
            driver.settings.logger.debug("a statement changed its session; the connection is closed")
            isRetiring = true
        }
        guard let onNotification = driver.onNotification else { return }
        while let notification = pipeline.nextNotification() {
            onNotification(notification.channel, notification.payload)
        }
    }

    /// Sends a request again that failed through no fault of its own. The server has undone whatever it did.
    private func repeats(_ request: Request) -> Bool {
        guard let error = request.error else { return false }
        if error.sqlState == "25006", driver.settings.parameters.wantsPrimary {
            (isAtStandby, isRetiring) = (true, true)
        }
        guard request.mayRepeat, !request.isRepeated, !request.isAbandoned else { return false }
        let wasHitByMistake = error.sqlState == "57014" && cancels?.mayHaveHit(request) == true
        guard request.isPlanStale || wasHitByMistake else { return false }
        request.isRepeated = true
        request.reset()
        queue.putBack([request])
        return true
    }

    // MARK: The end

    private func isOver(_ now: Nanoseconds) -> Bool {
        if pipeline.inFlight == 0 { return isRetiring || deadlineToClose != nil && held.isEmpty }
        if let responseTimeout, now >= headSince.addingSaturated(responseTimeout) { return true }
        return deadlineToClose.map { now >= $0 } ?? false
    }

    private func end() -> Ending {
        driver.poller.detach(pipeline.socket)
        let isLost = pipeline.isBroken || pipeline.inFlight > 0 || driver.isGivenUp
        let reason =
            driver.isGivenUp ? "the server fell silent" : pipeline.isBroken ? pipeline.failure : "no answer in time"
        for request in pipeline.abandonAll() {
            if let error = request.error, error.kind == .usage {
                request.fail(error)
                continue
            }
            var error = PostgresError(.connectionLost, request.error?.message ?? reason)
            error.isOutcomeUnknown = true
            request.fail(error)
        }
        if !held.isEmpty { queue.putBack(held) }
        if isLost { return .lost(PostgresError(.unavailable, reason)) }
        if isAtStandby { return .lost(PostgresError(.unavailable, "the server is a standby")) }
        return isRetiring ? .retired : .wanted
    }
}
