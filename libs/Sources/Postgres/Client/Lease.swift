internal import Synchronization

/// A connection for one holder at a time.
///
/// Its statements build on one another. Once one of them was given up on the way (cancelled, out of time, or its
/// connection lost), every further one is refused: what the server would make of it alone is not what was meant.
final class Lease: Sendable {
    private struct State {
        /// Why no further statement is taken.
        var spoiled: PostgresError?
        /// It is not as a new connection would be.
        var hasTraces = false
    }

    private let queue: RequestQueue
    private let state = Mutex(State())

    /// Connects when the first statement comes.
    init(
        _ settings: ConnectionDriver.Settings, queue: RequestQueue,
        onNotification: (@Sendable (_ channel: String, _ payload: String) -> Void)? = nil
    ) {
        self.queue = queue
        ConnectionDriver(settings, queue: queue, onNotification: onNotification).start()
    }

    deinit {
        close(PostgresError(.closed, "the connection was given up"))
    }

    /// Why it takes no more statements.
    var flaw: PostgresError? { state.withLock { $0.spoiled } }

    /// Not fit for another holder: lost, left in the middle of something, or changed.
    var isSpoiled: Bool { state.withLock { $0.spoiled != nil || $0.hasTraces } || queue.isEnding }

    nonisolated(nonsending) func query(_ sql: SQL) async throws -> PostgresRows {
        try await reply(to: sql).rows
    }

    nonisolated(nonsending) func reply(
        to sql: SQL, more: [SQL] = [], timeout: Nanoseconds? = nil, deadline: Nanoseconds = .max
    ) async throws -> Reply {
        try await run(Request(sql, more: more, mayRepeat: false, timeout: timeout, deadline: deadline))
    }

    /// Any number of statements in one text, without binds. Returns the rows of the last.
    @discardableResult
    nonisolated(nonsending) func script(_ text: String) async throws -> PostgresRows {
        try await run(Request(SQL(raw: text), form: .script, mayRepeat: false)).rows
    }

    /// Runs the statement that ends a transaction, whatever becomes of the task.
    nonisolated(nonsending) func complete(_ sql: SQL, deadline: Nanoseconds) async throws -> PostgresRows {
        if let flaw { throw flaw }
        do {
            let reply = try await queue.runToEnd(Request(sql, mayRepeat: false, deadline: deadline))
            if reply.leavesTraces { state.withLock { $0.hasTraces = true } }
            if reply.status != .idle { spoil(PostgresError(.transaction, "the transaction did not end")) }
            return reply.rows
        } catch {
            spoil(error)
            throw error
        }
    }

    /// Takes no further statement, for this reason; the first counts.
    func spoil(_ error: any Error) {
        let reason =
            error as? PostgresError
            ?? PostgresError(.transaction, "a statement was cancelled; nothing of the transaction takes effect")
        state.withLock { $0.spoiled = $0.spoiled ?? reason }
    }

    func close(_ reason: PostgresError) {
        queue.close(reason)
    }

    /// Returns when the connection was lost, or is closed.
    func ended() async {
        await queue.drained()
    }

    nonisolated(nonsending) private func run(_ request: Request) async throws -> Reply {
        if let flaw { throw flaw }
        do {
            let reply = try await queue.run(request)
            if reply.leavesTraces { state.withLock { $0.hasTraces = true } }
            return reply
        } catch var error as PostgresError where error.kind != .server {
            // Without its COMMIT nothing of the transaction can have taken effect.
            error.isOutcomeUnknown = false
            spoil(error)
            throw error
        } catch let error as PostgresError {
            throw error
        } catch {
            // Cancelled: the statement may be running still, or may never have left.
            spoil(error)
            throw error
        }
    }
}
