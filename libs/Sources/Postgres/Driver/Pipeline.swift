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
    enum Step {
        case prepare(StatementCache.Entry, Request)
        case execute(StatementCache.Entry, Request)
        case script(Request)
        case deallocate
        case sync(Request?)
    }

    let connection: LibPQConnection
    var cache: StatementCache
    var steps: Deque<Step> = []
    var requests: Deque<Request> = []
    /// What was sent last has the connection to itself.
    var isTaken = false
    var isBroken = false
    /// What was sent on it left, or may have left, something behind.
    var leavesTraces = false
    /// Strangers share it: each request must find it as a new one.
    let isShared: Bool

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
}
