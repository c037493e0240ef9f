internal import CLibPQ
internal import DequeModule

/// The conversation on one connection: what was sent, which answers are due, and whom they belong to.
///
/// No thread, no waiting, no clock: a driver calls `send` and `receive` when it is time to. Every request ends with a
/// sync of its own, which makes it an implicit transaction: the error of one leaves its neighbours alone.
///
/// On a shared connection a statement that opens a transaction or changes the session, as far as its text tells, has the
/// connection to itself, and the connection ends with it: nobody else's statement ever meets what it left behind.
final class Pipeline {
    /// One answer that is due. All but a sync are closed by libpq with a nil result.
    private enum Step {
        case prepare(StatementCache.Entry, Request)
        case execute(StatementCache.Entry, Request)
        case script(Request)
        case deallocate
        case sync(Request?)
    }

    private let connection: LibPQConnection
    private var cache: StatementCache
    private var steps: Deque<Step> = []
    private var requests: Deque<Request> = []
    /// What was sent last has the connection to itself.
    private var isTaken = false
    private(set) var isBroken = false
    /// What was sent on it left, or may have left, something behind.
    private(set) var leavesTraces = false
    /// Strangers share it: each request must find it as a new one.
    private let isShared: Bool

    init(_ connection: consuming LibPQConnection, cacheSize: Int, isShared: Bool) {
        self.connection = connection
        self.isShared = isShared
        cache = StatementCache(limit: cacheSize)
        isBroken = !self.connection.enterPipelineMode()
    }

    var socket: Int32 { connection.socket }
    var failure: String { connection.failure }
    var address: [(key: String, value: String)] { connection.address }
    /// Requests sent and not yet answered.
    var inFlight: Int { requests.count }
    /// The one the server is working on.
    var head: Request? { requests.first }
    var canceller: LibPQCanceller? { connection.canceller() }

    /// Requests sent and not yet answered, the oldest first.
    var unanswered: Deque<Request> { requests }

    // MARK: Sending

    /// False when it cannot be sent yet: it waits for those before it, or for one that has the connection to itself.
    func send(_ request: Request) -> Bool {
        guard !isTaken else { return false }
        switch request.form {
        case .statements: return sendStatements(request)
        case .script: return sendScript(request)
        }
    }

    private func sendStatements(_ request: Request) -> Bool {
        let first = cache.entry(for: request.first)
        let more = request.more.isEmpty ? [] : request.more.map { cache.entry(for: $0) }
        guard admits(first, more) else { return false }
        requests.append(request)
        cache.makeRoom(keepingLast: 1 + more.count)
        for entry in cache.takeDropped() { sendDeallocate(entry) }
        sendStatement(request.first, first, of: request)
        for (sql, entry) in zip(request.more, more) { sendStatement(sql, entry, of: request) }
        sendSync(request)
        return true
    }

    /// Whether statements of these effects may be sent now; notes what they leave.
    private func admits(_ first: StatementCache.Entry, _ more: [StatementCache.Entry]) -> Bool {
        if first.effect == .none, more.allSatisfy({ $0.effect == .none }) { return true }
        if isShared {
            guard steps.isEmpty else { return false }
            isTaken = true
        }
        if first.effect == .session || more.contains(where: { $0.effect == .session }) { leavesTraces = true }
        return true
    }

    private func sendStatement(_ sql: SQL, _ entry: StatementCache.Entry, of request: Request) {
        var entry = entry
        if request.isRepeated, entry.isSent, !entry.isConfirmed {
            // It failed for building on another's parse, and must not do so again.
            cache.drop(entry)
            entry = cache.entry(for: sql)
        }
        if !entry.isSent {
            isBroken = !connection.sendPrepare(name: entry.name, text: sql.text, types: sql.placeholders) || isBroken
            entry.isSent = true
            steps.append(.prepare(entry, request))
        }
        isBroken = !connection.sendExecute(name: entry.name, binds: sql) || isBroken
        steps.append(.execute(entry, request))
    }

    /// Under a sync of its own: should it fail, nobody else does.
    private func sendDeallocate(_ entry: StatementCache.Entry) {
        isBroken = !connection.sendUnnamed("DEALLOCATE \(String(cString: entry.name.pointer))") || isBroken
        steps.append(.deallocate)
        sendSync(nil)
    }

    private func sendSync(_ request: Request?) {
        isBroken = !connection.sendSync() || isBroken
        steps.append(.sync(request))
    }

    private func sendScript(_ request: Request) -> Bool {
        guard steps.isEmpty else { return false }
        isTaken = true
        leavesTraces = true
        requests.append(request)
        isBroken = !connection.exitPipelineMode() || !connection.sendScript(request.first.text) || isBroken
        steps.append(.script(request))
        return true
    }

    /// True while the socket has no room for all that was sent.
    func flush() -> Bool {
        guard let hasMore = connection.flush() else {
            isBroken = true
            return false
        }
        return hasMore
    }

    // MARK: Receiving

    /// Reads what has arrived and hands over every request whose answer is complete, in the order they were sent.
    func receive(_ finish: (Request) -> Void) {
        if !connection.consumeInput() { isBroken = true }
        while !isBroken, let step = steps.first, !connection.isBusy {
            if let result = connection.nextResult() {
                take(result, for: step, finish)
            } else {
                conclude(step, finish)
            }
        }
        if connection.isBroken { isBroken = true }
    }

    private func take(_ result: LibPQResult, for step: Step, _ finish: (Request) -> Void) {
        switch (result.status, step) {
        case (PGRES_PIPELINE_SYNC, .sync(let request)):
            steps.removeFirst()
            if request != nil { end(requests.removeFirst(), finish) }
        case (PGRES_TUPLES_OK, .execute(_, let request)), (PGRES_COMMAND_OK, .execute(_, let request)),
            (PGRES_EMPTY_QUERY, .execute(_, let request)), (PGRES_TUPLES_OK, .script(let request)),
            (PGRES_COMMAND_OK, .script(let request)), (PGRES_EMPTY_QUERY, .script(let request)):
            request.add(PostgresRows(result))
        case (PGRES_COMMAND_OK, .prepare(let entry, _)):
            entry.isConfirmed = true
        case (PGRES_COMMAND_OK, .deallocate):
            break
        case (PGRES_FATAL_ERROR, _), (PGRES_PIPELINE_ABORTED, _):
            fail(step, result)
        case (PGRES_COPY_IN, _), (PGRES_COPY_OUT, _), (PGRES_COPY_BOTH, _):
            requests.first?.error = PostgresError(.usage, "COPY is not supported")
            isBroken = true
        default:
            isBroken = true  // an answer that belongs to nothing
        }
    }

    /// The request's answer is complete: looks where the connection stands.
    private func end(_ request: Request, _ finish: (Request) -> Void) {
        let status = connection.transactionStatus
        if steps.isEmpty { isTaken = false }
        if isShared, status == .open || status == .failed {
            leavesTraces = true
            request.error = request.error ?? PostgresError(.usage, "a transaction needs a connection of its own")
        }
        request.note(status, leavesTraces: leavesTraces)
        finish(request)
    }

    private func fail(_ step: Step, _ result: LibPQResult) {
        switch step {
        case .prepare(let entry, let request):
            cache.forget(entry)
            request.error = request.error ?? result.error
        case .execute(let entry, let request):
            guard request.error == nil else { return }
            let error = result.error
            request.error = error
            // 26000: the server does not know the name, after DISCARD ALL or a failed parse just before.
            if error.sqlState == "26000" || error.routine == "RevalidateCachedQuery" {
                request.isPlanStale = true
                cache.drop(entry)
            }
        case .script(let request):
            request.error = request.error ?? result.error
        case .deallocate, .sync:
            break
        }
    }

    /// No more results for this step.
    private func conclude(_ step: Step, _ finish: (Request) -> Void) {
        switch step {
        case .sync:
            isBroken = true
        case .prepare, .execute, .deallocate:
            steps.removeFirst()
        case .script:
            steps.removeFirst()
            if !connection.enterPipelineMode() { isBroken = true }
            end(requests.removeFirst(), finish)
        }
    }

    func nextNotification() -> (channel: String, payload: String)? { connection.nextNotification() }

    /// Takes back every request that has no answer yet.
    func abandonAll() -> [Request] {
        defer {
            requests.removeAll()
            steps.removeAll()
        }
        return Array(requests)
    }
}
