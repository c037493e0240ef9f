internal import Timing

/// The life of one connection, from connected to lost or no longer wanted: takes requests from the queue, sends them,
/// sleeps, reads replies, hands them out, and sees to cancellation and the dead. Runs on the driver's thread.
final class DriverSession {
    /// A request nobody waits for any more is left this long to end by itself before the server is bothered.
    private static let cancelGrace: Nanoseconds = 5_000_000
    /// How long statements in flight may take when the client is closed.
    private static let closeGrace: Nanoseconds = 5_000_000_000

    private let driver: ConnectionDriver
    private let pipeline: Pipeline
    private let queue: RequestQueue
    private let seat: Int
    private let cancels: CancelDesk?
    private let responseTimeout: Nanoseconds?

    private var batch: [Request] = []
    /// Requests the connection cannot take yet: a script waits for those before it, and others for the script.
    private var held: [Request] = []
    private var wantsRoom = false
    /// The server turned out to be a standby where a primary was asked for.
    private var isRetiring = false
    /// Since when the server has been at the request it is at.
    private var headSince: Nanoseconds = 0
    /// How long the server takes for one request, smoothed over about eight reads.
    private var pace: Nanoseconds = 0
    /// Which request the server was last asked to stop.
    private weak var cancelled: Request?
    private var deadlineToClose: Nanoseconds?

    init(_ driver: ConnectionDriver, _ pipeline: Pipeline, queue: RequestQueue, seat: Int) {
        self.driver = driver
        self.pipeline = pipeline
        self.queue = queue
        self.seat = seat
        cancels = pipeline.canceller.map(CancelDesk.init)
        responseTimeout = driver.settings.responseTimeout?.wholeNanoseconds
    }

    /// Returns why the connection ended; nil when that was wanted.
    func run() -> PostgresError? {
        driver.poller.attach(pipeline.socket)
        while !pipeline.isBroken {
            send()
            let now = monotonicNow()
            cancelAbandonedHead(now)
            switch queue.rest(seat, isFull: isFull, isConnected: true) {
            case .look: continue
            case .leave: deadlineToClose = deadlineToClose ?? now + Self.closeGrace
            case .sleep: break
            }
            if isOver(now) { break }
            let ready = driver.poller.wait(atMost: nextDeadline.map { $0 > now ? $0 - now : 0 })
            driver.markAwake()
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
        let now = batch.isEmpty ? 0 : monotonicNow()
        for request in batch {
            guard held.isEmpty, pipeline.accepts(request) else {
                held.append(request)
                continue
            }
            guard request.begin(on: driver) else { continue }
            if pipeline.inFlight == 0 { headSince = now }
            request.sentAt = now
            pipeline.send(request)
        }
        batch.removeAll(keepingCapacity: true)
        if pipeline.flush() != wantsRoom {
            wantsRoom.toggle()
            driver.poller.setWantsRoom(wantsRoom, in: pipeline.socket)
        }
    }

    // MARK: Receiving

    private func receive() {
        let (now, since) = (monotonicNow(), headSince)
        var finished: Nanoseconds = 0
        pipeline.receive { request in
            headSince = now
            finished += 1
            if !repeats(request) { request.finish() }
        }
        if finished > 0 { pace = (7 * pace + (now - since) / finished) / 8 }
        guard let onNotification = driver.onNotification else { return }
        while let notification = pipeline.nextNotification() {
            onNotification(notification.channel, notification.payload)
        }
    }

    /// Sends a request again that failed through no fault of its own. The server has undone whatever it did.
    private func repeats(_ request: Request) -> Bool {
        guard let error = request.error else { return false }
        if error.sqlState == "25006", driver.settings.parameters.wantsPrimary { isRetiring = true }
        guard request.mayRepeat, !request.isRepeated, !request.isAbandoned else { return false }
        let wasHitByMistake = error.sqlState == "57014" && cancels?.mayHaveHit(request) == true
        guard request.isPlanStale || wasHitByMistake else { return false }
        request.isRepeated = true
        request.reset()
        queue.putBack([request])
        return true
    }

    // MARK: Time

    private func cancelAbandonedHead(_ now: Nanoseconds) {
        guard let head = pipeline.head, head !== cancelled, head.isAbandoned, now >= headSince + Self.cancelGrace
        else { return }
        cancelled = head
        cancels?.cancelWhateverRuns()
    }

    /// When to look again although nothing happened.
    private var nextDeadline: Nanoseconds? {
        guard let head = pipeline.head else { return deadlineToClose }
        var deadline = deadlineToClose ?? .max
        if head !== cancelled, head.isAbandoned { deadline = min(deadline, headSince + Self.cancelGrace) }
        if let responseTimeout { deadline = min(deadline, headSince + responseTimeout) }
        return deadline == .max ? nil : deadline
    }

    private func isOver(_ now: Nanoseconds) -> Bool {
        if pipeline.inFlight == 0, held.isEmpty { return isRetiring || deadlineToClose != nil }
        if let responseTimeout, pipeline.inFlight > 0, now >= headSince + responseTimeout { return true }
        return deadlineToClose.map { now >= $0 } ?? false
    }

    // MARK: The end

    private func end() -> PostgresError? {
        driver.poller.detach(pipeline.socket)
        let isLost = pipeline.isBroken || pipeline.inFlight > 0
        let reason = pipeline.errorMessage
        for request in pipeline.abandonAll() {
            var error = PostgresError(.connectionLost, request.error?.message ?? reason)
            error.isOutcomeUnknown = true
            request.fail(error)
        }
        if !held.isEmpty { queue.putBack(held) }
        return isLost ? PostgresError(.unavailable, reason) : isRetiring ? PostgresError(.unavailable, "standby") : nil
    }
}
