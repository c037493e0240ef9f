internal import Synchronization
internal import Timing
internal import Tracing

/// How much of other transactions' work a transaction sees.
public enum PostgresIsolation: String, Sendable, Hashable, CaseIterable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"

    func begin(readOnly: Bool) -> SQL {
        SQL(raw: "BEGIN ISOLATION LEVEL \(rawValue)\(readOnly ? " READ ONLY" : "")")
    }
}

/// A transaction that is under way. Valid inside the closure it was given to; later calls fail with kind
/// `.transaction`.
///
/// Its `BEGIN` travels with the first statement. After a statement failed the server refuses all others; after one was
/// given up (cancelled, out of time, its connection lost) they are refused here, with what happened to it.
public final class PostgresTransaction: PostgresSession {
    private enum Phase { case new, open, over }

    private let lease: Lease
    private let begin: SQL
    /// When all of it must be done.
    private let deadline: Nanoseconds
    private let spans: StatementSpans
    private let phase = Mutex(Phase.new)

    init(on lease: Lease, begin: SQL, deadline: Nanoseconds, spans: StatementSpans) {
        self.spans = spans
        self.lease = lease
        self.begin = begin
        self.deadline = deadline
    }

    @discardableResult
    nonisolated(nonsending) public func query(_ sql: SQL, timeout: Duration?) async throws -> PostgresRows {
        try sql.checkInTransaction()
        let isFirst = try phase.withLock { phase throws(PostgresError) in
            if phase == .over { throw PostgresError(.transaction, "the transaction is over") }
            if let flaw = lease.flaw { throw flaw }
            defer { phase = .open }
            return phase == .new
        }
        let span = spans.begin(sql)
        defer { span?.end() }
        do {
            return try await reply(to: sql, isFirst: isFirst, timeout: timeout?.wholeNanoseconds)
        } catch {
            span?.fail(error)
            throw error
        }
    }

    nonisolated(nonsending) private func reply(
        to sql: SQL, isFirst: Bool, timeout: Nanoseconds?
    ) async throws -> PostgresRows {
        let reply = try await lease.reply(
            to: isFirst ? begin : sql, more: isFirst ? [sql] : [], timeout: timeout, deadline: deadline)
        if reply.status == .idle {
            // Its text did not tell: what follows would run outside.
            let error = PostgresError(.transaction, "a statement ended the transaction")
            lease.spoil(error)
            throw error
        }
        return reply.rows
    }

    /// Runs `body` under a savepoint: when it throws, what it did is undone and the transaction goes on.
    @discardableResult
    nonisolated(nonsending) public func savepoint<Value>(
        _ body: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await query("SAVEPOINT inner_work")
        do {
            let value = try await body(self)
            try await query("RELEASE SAVEPOINT inner_work")
            return value
        } catch {
            // Where the transaction cannot go on, the reason why it cannot is worth more than that.
            guard lease.flaw == nil else { throw error }
            try await query("ROLLBACK TO SAVEPOINT inner_work")
            try await query("RELEASE SAVEPOINT inner_work")
            throw error
        }
    }

    /// Commits. A transaction in which nothing was asked has nothing to commit.
    nonisolated(nonsending) func commit() async throws {
        guard end() else { return }
        let rows = try await complete("COMMIT")
        // The server answers so when a statement failed and the closure went on regardless.
        if rows.result.commandTag == "ROLLBACK" {
            throw PostgresError(.transaction, "rolled back, as one of its statements had failed")
        }
    }

    /// Rolls back, and tells whether the connection is as good as new.
    nonisolated(nonsending) func rollback() async -> Bool {
        guard end() else { return !lease.isSpoiled }
        // With a statement still running there, closing the connection is the quickest way out.
        guard !lease.isSpoiled else { return false }
        return (try? await complete("ROLLBACK")) != nil
    }

    nonisolated(nonsending) private func complete(_ sql: SQL) async throws -> PostgresRows {
        let span = spans.begin(sql)
        defer { span?.end() }
        do {
            return try await lease.complete(sql, deadline: deadline)
        } catch {
            span?.fail(error)
            throw error
        }
    }

    /// True if there is something to end.
    private func end() -> Bool {
        phase.withLock { phase in
            defer { phase = .over }
            return phase == .open
        }
    }
}
