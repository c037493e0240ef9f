internal import CLibPQ
internal import DequeModule

/// The conversation on one connection: what was sent, which answers are due, and whom they belong to.
///
/// No thread, no waiting, no clock: a driver calls `send` and `receive` when it is time to. Every request ends with a
/// sync of its own, which makes it an implicit transaction: the error of one leaves its neighbours alone.
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
    private var isScriptRunning = false
    private(set) var isBroken = false

    init(_ connection: consuming LibPQConnection, cacheSize: Int) {
        self.connection = connection
        cache = StatementCache(limit: cacheSize)
        isBroken = !self.connection.enterPipelineMode()
    }

    var socket: Int32 { connection.socket }
    var errorMessage: String { connection.errorMessage }
    /// Requests sent and not yet answered.
    var inFlight: Int { requests.count }
    /// The one the server is working on.
    var head: Request? { requests.first }
    var canceller: LibPQCanceller? { connection.canceller() }

    /// Whether a request may be sent now: a script has the connection to itself.
    func accepts(_ request: Request) -> Bool {
        !isScriptRunning && (request.form == .statements || steps.isEmpty)
    }

    // MARK: Sending

    func send(_ request: Request) {
        requests.append(request)
        switch request.form {
        case .statements: sendStatements(request)
        case .script: sendScript(request)
        }
    }

    private func sendStatements(_ request: Request) {
        cache.makeRoom(for: 1 + request.more.count)
        for entry in cache.takeDropped() { sendDeallocate(entry) }
        sendStatement(request.first, of: request)
        for sql in request.more { sendStatement(sql, of: request) }
        sendSync(request)
    }

    private func sendStatement(_ sql: SQL, of request: Request) {
        var entry = cache.entry(for: sql)
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

    private func sendScript(_ request: Request) {
        isScriptRunning = true
        isBroken = !connection.exitPipelineMode() || !connection.sendScript(request.first.text) || isBroken
        steps.append(.script(request))
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
            if request != nil { finish(requests.removeFirst()) }
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
        default:
            isBroken = true  // COPY, which this client does not speak, or an answer that belongs to nothing
        }
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
            isScriptRunning = false
            if !connection.enterPipelineMode() { isBroken = true }
            finish(requests.removeFirst())
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
