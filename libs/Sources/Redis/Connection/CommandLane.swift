internal import Logging
internal import NIOCore
internal import Synchronization

/// One connection's worth of commands: the place where callers on any thread meet the event loop.
///
/// A command is formatted on the caller's thread and appended to the waiting batch under a lock; the first of a burst
/// wakes the loop, which takes the whole batch and writes it in one go. What comes before that is answered gathers for
/// the next one. While the connection is being opened, or reopened right after a loss, commands wait; after a failed
/// attempt they fail at once until it is up again.
final class CommandLane: Sendable {
    private struct Waiting {
        var batch = CommandBatch()
        /// With so many commands waiting the loop is to be woken; out of reach while it comes by itself.
        var wakeCount = 1
        /// When the loop will look for overdue commands; an earlier deadline must wake it.
        var watchedUntil = NIODeadline.distantFuture
        /// Waiting and unanswered.
        var outstanding = 0
        /// Why no command is taken at present.
        var refusal: RedisError?
    }

    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    private let waiting = Mutex(Waiting())
    private let tickets = Atomic<UInt64>(0)
    /// What belongs to the event loop alone.
    let loop: NIOLoopBoundBox<LoopState>

    init(_ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        loop = .makeBoxSendingValue(
            LoopState(link: Link(configuration, on: eventLoop, logger: logger)), eventLoop: eventLoop)
    }

    /// Sends `command` and waits for its reply.
    ///
    /// Cancelled before it was written it is not sent; cancelled later its reply is dropped.
    /// Fails with a `RedisError`, or with `CancellationError`.
    func send(_ command: RedisCommand, timeout: Duration?) async throws -> RESPValue {
        try Task.checkCancellation()
        let ticket = tickets.wrappingAdd(1, ordering: .relaxed).newValue
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                submit(command, timeout: timeout, ticket: ticket, .task(continuation))
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { cancel(ticket) }
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    /// Sends `command`; `completion` is told the reply on the event loop, or a refusal right here.
    func submit(_ command: RedisCommand, timeout: Duration?, ticket: UInt64 = 0, _ completion: Completion) {
        do throws(RedisError) {
            let formatted = try FormattedCommand(command)
            enqueue(entry(completion, ticket, timeout, formatted.count)) { formatted.write(to: &$0) }
        } catch {
            completion(.failure(error))
        }
    }

    /// Asks whether the server is still a primary; the handler leaves one that is not.
    func askRole() {
        do throws(RedisError) {
            let formatted = try FormattedCommand(.role)
            var entry = entry(.nobody, 0, nil, formatted.count)
            entry.isRoleCheck = true
            enqueue(entry) { formatted.write(to: &$0) }
        } catch {
            // No memory for five letters: the next round asks again.
        }
    }

    /// Sends `MULTI`, the commands and `EXEC` with nothing in between; `completion` is told what `EXEC` answers.
    func submit(transaction commands: [RedisCommand], timeout: Duration?, _ completion: Completion) {
        do throws(RedisError) {
            var bytes = ByteBuffer()
            for command in [RedisCommand("MULTI")] + commands + [RedisCommand("EXEC")] {
                try FormattedCommand(command).write(to: &bytes)
            }
            var entry = entry(completion, 0, timeout, bytes.readableBytes)
            entry.repliesToSkip = commands.count + 1
            enqueue(entry) { $0.writeImmutableBuffer(bytes) }
        } catch {
            completion(.failure(error))
        }
    }

    /// Takes no more commands, waits for the answers under way and ends the connection.
    func close() async {
        let closed = eventLoop.makePromise(of: Void.self)
        beginClose(drain: true, closed)
        try? await closed.futureResult.get()
    }

    /// Takes no more commands and ends the connection, or lets the answers under way come first.
    func beginClose(drain: Bool, _ closed: EventLoopPromise<Void>? = nil) {
        waiting.withLock { $0.refusal = .closed }
        eventLoop.execute { [self] in
            close(drain: drain, closed)
        }
    }

    private func entry(_ completion: Completion, _ ticket: UInt64, _ timeout: Duration?, _ byteCount: Int)
        -> CommandEntry
    {
        let deadline = NIODeadline.now() + TimeAmount(timeout ?? configuration.commandTimeout)
        return CommandEntry(
            completion: completion, ticket: ticket, deadline: deadline, byteCount: byteCount, repliesToSkip: 0)
    }

    private func enqueue(_ entry: CommandEntry, _ write: (inout ByteBuffer) -> Void) {
        var refusal: RedisError?
        let mustWake = waiting.withLock { waiting in
            refusal = waiting.refusal ?? overflow(waiting, adding: entry.byteCount)
            guard refusal == nil else { return false }
            waiting.outstanding += 1
            waiting.batch.append(entry, write)
            let isFull = waiting.batch.entries.count >= waiting.wakeCount
            let isEarlier = entry.deadline < waiting.watchedUntil
            if isFull { waiting.wakeCount = .max }
            if isEarlier { waiting.watchedUntil = entry.deadline }
            return isFull || isEarlier
        }
        if let refusal { entry.completion(.failure(refusal)) }
        if mustWake { eventLoop.execute { [self] in run() } }
    }

    private func overflow(_ waiting: borrowing Waiting, adding byteCount: Int) -> RedisError? {
        if waiting.outstanding >= configuration.maximumQueuedCommands {
            return .unavailable("too many commands queued")
        }
        if waiting.batch.bytes.readableBytes + byteCount > max(configuration.maximumQueuedBytes, byteCount) {
            return .unavailable("too many bytes queued")
        }
        return nil
    }

    private func cancel(_ ticket: UInt64) {
        let withdrawn = withdraw { $0.ticket == ticket }
        guard withdrawn.isEmpty else {
            for completion in withdrawn { completion.cancel() }
            return
        }
        eventLoop.execute { [self] in loop.value.handler?.abandon(ticket)?.cancel() }
    }
}

/// What the event loop does to the waiting commands.
extension CommandLane {
    /// Swaps the waiting batch with an empty one, if it has `minimum` commands or more; else they go on gathering.
    ///
    /// While a batch is under way its answer will bring the loop back, so that callers wake it only for a full one.
    /// Returns the earliest deadline among the commands that wait on.
    func take(into batch: inout CommandBatch, minimum: Int) -> NIODeadline {
        waiting.withLock { waiting in
            waiting.batch.compact()
            let isTaken = waiting.batch.entries.count >= minimum
            if isTaken { swap(&waiting.batch, &batch) }
            waiting.wakeCount = isTaken ? Self.fullBatch : minimum
            return waiting.batch.earliestDeadline
        }
    }

    /// The earliest deadline of all that wait, or `other` if that comes first; the loop promises to look by then.
    func watch(until other: NIODeadline) -> NIODeadline {
        waiting.withLock { waiting in
            waiting.batch.compact()
            waiting.watchedUntil = min(waiting.batch.earliestDeadline, other)
            return waiting.watchedUntil
        }
    }

    func withdraw(where condition: (CommandEntry) -> Bool) -> [Completion] {
        waiting.withLock { waiting in
            let completions = waiting.batch.withdraw(where: condition)
            waiting.outstanding -= completions.count
            return completions
        }
    }

    /// Refuses commands from now on, and those that wait.
    func refuse(_ error: RedisError) {
        let refused = waiting.withLock { waiting in
            if waiting.refusal != .closed { waiting.refusal = error }
            let completions = waiting.batch.withdraw { _ in true }
            waiting.outstanding -= completions.count
            waiting.batch.clear()
            waiting.wakeCount = 1
            return completions
        }
        for completion in refused { completion(.failure(error)) }
    }

    func accept() {
        waiting.withLock { if $0.refusal != .closed { $0.refusal = nil } }
    }

    func settled(_ count: Int) {
        waiting.withLock { $0.outstanding -= count }
    }

    var outstanding: Int { waiting.withLock { $0.outstanding } }
}

extension Completion {
    fileprivate func cancel() {
        switch self {
        case .task(let continuation): continuation.resume(throwing: CancellationError())
        case .callback, .nobody: break
        }
    }
}
