internal import Synchronization

/// What came back for a request: the rows of its last statement, and of those before it.
struct Reply: Sendable {
    var rows: PostgresRows
    var earlier: [PostgresRows] = []
    /// Where the connection stood afterwards.
    var status = TransactionStatus.unknown
    /// The connection is not as it was, by what was ever sent on it.
    var leavesTraces = false
}

/// Statements on their way to the server and back: one, or several that stand or fall together.
///
/// Handed from the calling task to a queue to one driver. `@unchecked Sendable`: besides the waiter, which has a
/// lock, only whoever holds the request in that chain touches it.
final class Request: Schedulable, @unchecked Sendable {
    enum Form: Sendable {
        /// Prepared statements under one sync.
        case statements
        /// Text without binds that may hold many statements, sent by the simple protocol.
        case script
    }

    let form: Form
    let first: SQL
    let more: [SQL]
    /// Sent again once when the server rejected it for a reason that has nothing to do with the statement: a stale
    /// plan, or a cancel request meant for a neighbour. False inside a transaction, which has failed by then.
    let mayRepeat: Bool

    private let timeout: Nanoseconds?

    // The queue's
    private(set) var since: Nanoseconds = 0
    /// When its caller waits no longer.
    private(set) var deadline: Nanoseconds

    // The driver's
    var sentAt: Nanoseconds = 0
    var isRepeated = false
    var results: Reply?
    var error: PostgresError?
    /// The error came from the statement's plan, not from the statement.
    var isPlanStale = false

    private enum Waiter {
        case none
        case waiting(UnsafeContinuation<Reply, any Error>)
        case gone(isAbandoned: Bool)
    }

    private struct Shared {
        var waiter = Waiter.none
        weak var driver: ConnectionDriver?
    }

    private let shared = Mutex(Shared())

    init(
        _ first: SQL, more: [SQL] = [], form: Form = .statements, mayRepeat: Bool = true,
        timeout: Nanoseconds? = nil, deadline: Nanoseconds = .max
    ) {
        self.timeout = timeout
        self.deadline = deadline
        self.first = first
        self.more = more
        self.form = form
        self.mayRepeat = mayRepeat
    }

    /// It stands in line from `now` on.
    func start(_ now: Nanoseconds) {
        since = now
        if let timeout { deadline = min(deadline, now.addingSaturated(timeout)) }
    }

    /// Registers who waits. False when the task was cancelled before: the waiter is resumed and nothing is to be sent.
    func await(_ continuation: UnsafeContinuation<Reply, any Error>) -> Bool {
        let isCancelled = shared.withLock { shared in
            if case .gone = shared.waiter { return true }
            shared.waiter = .waiting(continuation)
            return false
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
        return !isCancelled
    }

    /// Lets the waiter go with a `CancellationError` and, if a driver has sent the request, tells it.
    func abandon() {
        abandon(CancellationError())
    }

    /// Its time is up, on the way there or back: lets the waiter go, as if its task were cancelled.
    func expire(wasSent: Bool) {
        var error = PostgresError.outOfTime
        error.isOutcomeUnknown = wasSent
        abandon(error)
    }

    private func abandon(_ error: any Error) {
        let (continuation, driver) = shared.withLock { shared in
            defer { if case .gone = shared.waiter {} else { shared.waiter = .gone(isAbandoned: true) } }
            guard case .waiting(let continuation) = shared.waiter else {
                return (nil as UnsafeContinuation<Reply, any Error>?, nil as ConnectionDriver?)
            }
            return (continuation, shared.driver)
        }
        continuation?.resume(throwing: error)
        driver?.wake()
    }

    /// Nobody waits any more, as the task was cancelled.
    var isAbandoned: Bool {
        shared.withLock { shared in
            if case .gone(isAbandoned: true) = shared.waiter { return true }
            return false
        }
    }

    /// Marks the request as sent by `driver`. False when it was abandoned and is not to be sent.
    func begin(on driver: ConnectionDriver) -> Bool {
        shared.withLock { shared in
            guard case .waiting = shared.waiter else { return false }
            shared.driver = driver
            return true
        }
    }

    /// Forgets what an earlier try brought.
    func reset() {
        results = nil
        error = nil
        isPlanStale = false
    }

    /// Keeps the rows of the next of the request's statements.
    func add(_ rows: PostgresRows) {
        if let previous = results {
            results = Reply(rows: rows, earlier: previous.earlier + [previous.rows])
        } else {
            results = Reply(rows: rows)
        }
    }

    /// Notes where the connection stands now that the request is done.
    func note(_ status: TransactionStatus, leavesTraces: Bool) {
        results?.status = status
        results?.leavesTraces = leavesTraces
    }

    /// Resumes the waiter with what was collected.
    func finish() {
        if let error {
            fail(error)
        } else if let results {
            takeWaiter()?.resume(returning: results)
        } else {
            fail(PostgresError(.connectionLost, "the server sent no result"))
        }
    }

    func fail(_ error: PostgresError) {
        takeWaiter()?.resume(throwing: error)
    }

    private func takeWaiter() -> UnsafeContinuation<Reply, any Error>? {
        shared.withLock { shared in
            guard case .waiting(let continuation) = shared.waiter else { return nil }
            shared.waiter = .gone(isAbandoned: false)
            return continuation
        }
    }
}
