internal import NIOCore

/// The event loop's half of a `CommandLane`: moves batches onto the connection, watches deadlines and the line itself.
final class CommandPump {
    /// While a write is unanswered further commands gather, until it is answered or there are so many: under load that
    /// makes few large writes of many small ones and spares callers waking the loop. It costs a lone command nothing
    /// and others at most the round trip of the write before.
    static let fullBatch = 32

    private let link: Link
    private let configuration: RedisConfiguration
    private var handler: CommandHandler?
    /// An empty batch whose storage the next burst uses again.
    private var spare = CommandBatch()
    private var timer: (task: Scheduled<Void>, due: NIODeadline)?
    private var keepAlive: Scheduled<Void>?
    private var closing: [EventLoopPromise<Void>] = []
    private var isClosing = false
    private var isWired = false

    init(_ link: Link, _ configuration: RedisConfiguration) {
        self.link = link
        self.configuration = configuration
    }

    /// Writes what waits, when the connection is up and takes it; opens the connection the first time.
    func run(_ lane: CommandLane) {
        wire(lane)
        if let handler, handler.isWritable {
            var batch = CommandBatch()
            swap(&batch, &spare)
            let next = lane.take(into: &batch, minimum: handler.batchesUnderWay == 0 ? 1 : Self.fullBatch)
            if !batch.isEmpty { handler.write(batch) }
            arm(min(batch.earliestDeadline, next), lane)
            batch.clear()
            spare = batch
        } else {
            arm(lane.watch(until: timer?.due ?? .distantFuture), lane)
        }
    }

    func abandon(_ ticket: UInt64) -> Completion? {
        handler?.abandon(ticket)
    }

    func close(drain: Bool, _ lane: CommandLane, _ closed: EventLoopPromise<Void>?) {
        closed.map { closing.append($0) }
        isClosing = true
        if drain && handler != nil && lane.outstanding > 0 { return run(lane) }
        finish(lane)
    }

    private func finish(_ lane: CommandLane) {
        keepAlive?.cancel()
        timer?.task.cancel()
        timer = nil
        handler?.close(.connectionLost("the client was closed"))
        link.onEvent = { _ in }
        link.close()
        lane.refuse(.closed)
        for promise in closing { promise.succeed() }
        closing = []
    }

    private func wire(_ lane: CommandLane) {
        guard !isWired else { return }
        isWired = true
        link.onEvent = { [self] event in
            switch event {
            case .up(let channel): connected(channel, lane)
            case .lost: handler = nil
            case .failed(let error): lane.refuse(error)
            }
            if isClosing && handler == nil { finish(lane) }
        }
        link.open()
    }

    private func connected(_ channel: any Channel, _ lane: CommandLane) {
        do {
            let handler = try CommandHandler()
            // Not at once: the channel says so in the middle of a write.
            handler.onWritable = { [self] in link.eventLoop.assumeIsolated().execute { [self] in run(lane) } }
            handler.onSettled = { [self] count in
                lane.settled(count)
                // After the tasks were resumed, so that their next commands may still join.
                run(lane)
                if isClosing && lane.outstanding == 0 { finish(lane) }
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            self.handler = handler
        } catch {
            channel.close(promise: nil)
        }
        lane.accept()
        watch(lane)
        run(lane)
    }

    /// Asks a silent server whether it lives; without an answer the command's deadline ends the connection.
    private func watch(_ lane: CommandLane) {
        keepAlive?.cancel()
        let interval = TimeAmount(configuration.keepAliveInterval)
        keepAlive = link.eventLoop.assumeIsolated().scheduleTask(in: interval) { [self] in
            guard let handler else { return }
            if handler.isIdle && handler.lastRead + interval <= .now() {
                lane.submit(RedisCommand("PING"), timeout: nil, .nobody)
            }
            watch(lane)
        }
    }

    private func arm(_ due: NIODeadline, _ lane: CommandLane) {
        guard due < timer?.due ?? .distantFuture else { return }
        timer?.task.cancel()
        let task = link.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [self] in expire(lane) }
        timer = (task, due)
    }

    private func expire(_ lane: CommandLane) {
        timer = nil
        let now = NIODeadline.now()
        for completion in lane.withdraw(where: { $0.deadline <= now }) {
            completion(.failure(.timedOut(wasSent: false)))
        }
        handler?.expire(now)
        let next = lane.watch(until: handler?.earliestDeadline ?? .distantFuture)
        arm(next == .distantFuture ? next : max(next, now + .milliseconds(1)), lane)
    }
}
