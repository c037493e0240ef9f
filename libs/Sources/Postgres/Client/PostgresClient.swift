public import Logging
public import ServiceLifecycle
internal import Timing
internal import Tracing

/// A PostgreSQL database.
///
/// Single statements share a few connections, pipelined: many may be in flight on each, in no order between tasks that
/// do not wait for one another, and each succeeds or fails alone. Since a slow statement holds up those behind it on
/// the same connection, long ones belong into a `transaction`, which has a connection to itself.
///
/// Connections are opened when first needed and again after they were lost. While no server can be reached, statements
/// wait up to `PostgresConfiguration.outagePatience` and then fail with kind `.unavailable`; one whose connection is
/// lost after it was sent fails with `isOutcomeUnknown` and is never sent twice.
public final class PostgresClient: PostgresSession, Service {
    public let configuration: PostgresConfiguration
    private let shared: RequestQueue
    private let leases: LeasePool
    private let hub: NotificationHub
    private let spans = StatementSpans()
    /// For connections whose statements may take any time.
    private let patient: ConnectionDriver.Settings

    /// Connects to nothing yet. With a malformed connection string every call fails with kind `.usage`.
    public init(_ configuration: PostgresConfiguration, logger: Logger = Logger(label: "postgres")) {
        self.configuration = configuration
        let (parameters, flaw) = ConnectionParameters.make(configuration)
        var settings = ConnectionDriver.Settings(parameters, configuration, logger: logger)
        shared = RequestQueue(configuration, isChain: false)
        for _ in 0..<max(1, configuration.sharedConnections) { ConnectionDriver(settings, queue: shared).start() }
        settings.reconnects = false
        leases = LeasePool(configuration, settings)
        settings.responseTimeout = nil
        patient = settings
        hub = NotificationHub(configuration, settings)
        if let flaw { end(flaw) }
    }

    deinit {
        end(PostgresError(.closed, "the client was released"))
    }

    private func end(_ reason: PostgresError) {
        shared.close(reason)
        leases.close(reason)
        hub.close()
    }

    /// Runs one statement on a shared connection. `timeout` goes before `PostgresConfiguration.callTimeout`.
    ///
    /// A statement that changes the session (`SET`, `LISTEN`, `CREATE TEMP`, a session's advisory lock) has a connection to
    /// itself, which is closed afterwards; one that opens a transaction fails with kind `.usage`, and so does `COPY`.
    @discardableResult
    nonisolated(nonsending) public func query(_ sql: SQL, timeout: Duration?) async throws -> PostgresRows {
        try sql.check()
        let span = spans.begin(sql)
        defer { span?.end() }
        do {
            return try await shared.run(Request(sql, timeout: limit(timeout))).rows
        } catch {
            span?.fail(error)
            throw error
        }
    }

    private func limit(_ timeout: Duration?) -> Nanoseconds? {
        (timeout ?? configuration.callTimeout)?.wholeNanoseconds
    }

    /// Runs statements that stand or fall together, in one round trip, and returns the rows of each.
    ///
    /// The cheapest transaction: no connection is leased. None of the statements can depend on the rows of another.
    nonisolated(nonsending) public func atomically(
        _ statements: [SQL], timeout: Duration? = nil
    ) async throws -> [PostgresRows] {
        guard let first = statements.first else { return [] }
        for statement in statements { try statement.checkInTransaction() }
        let more = Array(statements.dropFirst())
        let span = spans.begin(first, more: more)
        defer { span?.end() }
        do {
            let reply = try await shared.run(Request(first, more: more, timeout: limit(timeout)))
            return reply.earlier + [reply.rows]
        } catch {
            span?.fail(error)
            throw error
        }
    }

    /// Answers when the database does.
    nonisolated(nonsending) public func ping(timeout: Duration? = nil) async throws {
        try await query("SELECT 1", timeout: timeout)
    }

    /// Runs `body` in a transaction on a connection of its own, and commits when it returns.
    ///
    /// Whatever `body` throws, or the task's cancellation before the commit, rolls back. `COMMIT` itself cannot be
    /// cancelled; if the connection is lost under it the error has `isOutcomeUnknown`. Nothing is tried again: where
    /// `PostgresError.isSerializationFailure` can happen, the caller repeats the whole.
    /// Fails with kind `.timedOut` when no connection becomes free in time, or `timeout` has passed: it holds for all of
    /// it, from the wait for a connection to the commit.
    @discardableResult
    nonisolated(nonsending) public func transaction<Value>(
        isolation: PostgresIsolation = .readCommitted, readOnly: Bool = false, timeout: Duration? = nil,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        guard let span = spans.beginTransaction() else {
            return try await leasing(isolation, readOnly: readOnly, timeout: timeout, body)
        }
        defer { span.end() }
        do {
            return try await ServiceContext.$current.withValue(span.context) {
                try await leasing(isolation, readOnly: readOnly, timeout: timeout, body)
            }
        } catch {
            span.fail(error)
            throw error
        }
    }

    nonisolated(nonsending) private func leasing<Value>(
        _ isolation: PostgresIsolation, readOnly: Bool, timeout: Duration?,
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let limit = timeout ?? configuration.callTimeout
        let deadline = limit.map { Monotonic.now.addingSaturated($0.wholeNanoseconds) } ?? .max
        let lease = try await leases.acquire(within: limit)
        let transaction = PostgresTransaction(
            on: lease, begin: isolation.begin(readOnly: readOnly), deadline: deadline, spans: spans)
        do {
            let value = try await body(transaction)
            try Task.checkCancellation()
            try await transaction.commit()
            leases.release(lease, isReusable: true)
            return value
        } catch {
            leases.release(lease, isReusable: await transaction.rollback())
            throw error
        }
    }

    /// What is sent on a channel with `NOTIFY`, from now on and across reconnects.
    ///
    /// The first element is `.listening`; it comes again after each reconnect, as whatever was sent meanwhile is lost:
    /// a reader looks into its tables then. The stream ends when the client is closed; whoever stops reading it stops
    /// listening. Elements wait unread without a bound.
    public func notifications(on channel: String) -> AsyncStream<PostgresNotification> {
        hub.subscribe(to: channel)
    }

    /// Runs `body` with a new connection and no transaction; it is closed afterwards, whatever state it is in.
    nonisolated(nonsending) func withOwnConnection<Value>(
        _ body: nonisolated(nonsending) (Lease) async throws -> Value
    ) async throws -> Value {
        let lease = Lease(patient, queue: RequestQueue(configuration))
        defer { lease.close(PostgresError(.closed, "no longer needed")) }
        return try await body(lease)
    }

    /// Serves until graceful shutdown, then closes.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// Refuses new statements, lets those in flight finish (5 s at most), and closes every connection.
    public func close() async {
        end(PostgresError(.closed, "the client is closed"))
        await shared.drained()
    }
}

extension RequestQueue {
    /// `isChain`: for one transaction after the other.
    convenience init(_ configuration: PostgresConfiguration, isChain: Bool = true) {
        self.init(
            limits: Limits(
                inFlight: max(1, configuration.pipelineDepth), acquireTimeout: configuration.acquireTimeout,
                outagePatience: configuration.outagePatience, isChain: isChain))
    }
}

extension ConnectionDriver.Settings {
    init(_ parameters: ConnectionParameters, _ configuration: PostgresConfiguration, logger: Logger) {
        self.init(
            parameters: parameters, statementCacheSize: configuration.statementCacheSize,
            responseTimeout: configuration.statementTimeout.map { $0 + .seconds(10) },
            silenceTimeout: configuration.silenceTimeout, reconnects: true, logger: logger)
    }
}
