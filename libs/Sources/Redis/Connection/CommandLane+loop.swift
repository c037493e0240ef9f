internal import NIOCore

// MARK: - The event loop's half: moves batches onto the connection, watches deadlines and the line itself

extension CommandLane {
    /// Belongs to the event loop; a class, so that a look at one part copies none of the others.
    final class LoopState {
        let link: Link
        var handler: CommandHandler?
        /// An empty batch whose storage the next burst uses again.
        var spare = CommandBatch()
        var timer: (task: Scheduled<Void>, due: NIODeadline)?
        var watch: Scheduled<Void>?
        var closing: [EventLoopPromise<Void>] = []
        var isClosing = false
        var isWired = false

        init(link: Link) {
            self.link = link
        }
    }

    /// While a write is unanswered further commands gather, until it is answered or there are so many: under load that
    /// makes few large writes of many small ones and spares callers waking the loop. It costs a lone command nothing
    /// and others at most the round trip of the write before.
    static let fullBatch = 32

    /// Writes what waits, when the connection is up and takes it; opens the connection the first time.
    func run() {
        wire()
        if let handler = loop.value.handler, handler.isWritable {
            var batch = CommandBatch()
            swap(&batch, &loop.value.spare)
            let next = take(into: &batch, minimum: handler.batchesUnderWay == 0 ? 1 : Self.fullBatch)
            if !batch.isEmpty { handler.write(batch) }
            arm(min(batch.earliestDeadline, next))
            batch.clear()
            loop.value.spare = batch
        } else {
            arm(watch(until: loop.value.timer?.due ?? .distantFuture))
        }
    }

    func close(drain: Bool, _ closed: EventLoopPromise<Void>?) {
        if let closed { loop.value.closing.append(closed) }
        loop.value.isClosing = true
        if drain && loop.value.handler != nil && outstanding > 0 { return run() }
        finish()
    }

    private func finish() {
        loop.value.watch?.cancel()
        loop.value.timer?.task.cancel()
        loop.value.timer = nil
        loop.value.handler?.close(.connectionLost("the client was closed"))
        loop.value.link.onEvent = { _ in }
        loop.value.link.close()
        refuse(.closed)
        for promise in loop.value.closing { promise.succeed() }
        loop.value.closing = []
    }

    private func wire() {
        guard !loop.value.isWired else { return }
        loop.value.isWired = true
        loop.value.link.onEvent = { [self] event in
            switch event {
            case .up(let opened): connected(opened.channel)
            case .lost: loop.value.handler = nil
            case .failed(let error): refuse(error)
            }
            if loop.value.isClosing && loop.value.handler == nil { finish() }
        }
        loop.value.link.open()
    }

    private func connected(_ channel: any Channel) {
        do {
            let handler = try CommandHandler()
            // Not at once: the channel says so in the middle of a write.
            handler.onWritable = { [self] in eventLoop.execute { [self] in run() } }
            handler.onSettled = { [self] count in
                settled(count)
                // After the tasks were resumed, so that their next commands may still join.
                run()
                if loop.value.isClosing && outstanding == 0 { finish() }
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            loop.value.handler = handler
        } catch {
            channel.close(promise: nil)
        }
        accept()
        watchLine()
        run()
    }

    /// Asks every few seconds, under load or not: a demoted server goes on answering, and a dead one says nothing.
    /// Without an answer the command's deadline ends the connection.
    private func watchLine() {
        loop.value.watch?.cancel()
        let keepAlive = TimeAmount(configuration.keepAliveInterval)
        let interval =
            configuration.requiresPrimary ? min(TimeAmount(configuration.roleInterval), keepAlive) : keepAlive
        loop.value.watch = eventLoop.scheduleTask(in: interval) { [self] in
            guard let handler = loop.value.handler else { return }
            if configuration.requiresPrimary {
                askRole()
            } else if handler.isIdle && handler.lastRead + interval <= .now() {
                submit(RedisCommand("PING"), timeout: nil, .nobody)
            }
            watchLine()
        }
    }

    private func arm(_ due: NIODeadline) {
        guard due < loop.value.timer?.due ?? .distantFuture else { return }
        loop.value.timer?.task.cancel()
        loop.value.timer = (eventLoop.scheduleTask(deadline: due) { [self] in expire() }, due)
    }

    private func expire() {
        loop.value.timer = nil
        let now = NIODeadline.now()
        for completion in withdraw(where: { $0.deadline <= now }) {
            completion(.failure(.timedOut(wasSent: false)))
        }
        loop.value.handler?.expire(now)
        let next = watch(until: loop.value.handler?.earliestDeadline ?? .distantFuture)
        arm(next == .distantFuture ? next : max(next, now + .milliseconds(1)))
    }
}
