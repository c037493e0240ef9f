/// Where statements can be sent: a client, or a transaction.
///
/// Helpers written against it work in both:
/// ```swift
/// func touch(_ room: UUID, in database: some PostgresSession) async throws {
///     try await database.execute("UPDATE rooms SET touched_at = now() WHERE id = \(room)")
/// }
/// ```
public protocol PostgresSession: Sendable {
    /// Runs one statement and returns its rows.
    ///
    /// Fails with `PostgresError`, or with `CancellationError` as soon as the task is cancelled: the server is then
    /// asked to stop the statement, which may have taken effect nevertheless. The same happens, with kind `.timedOut`,
    /// once `timeout` has passed, the wait for a connection included.
    @discardableResult
    nonisolated(nonsending) func query(_ sql: SQL, timeout: Duration?) async throws -> PostgresRows
}

extension PostgresSession {
    /// Runs one statement and returns its rows, without a time-out of its own.
    @discardableResult
    nonisolated(nonsending) public func query(_ sql: SQL) async throws -> PostgresRows {
        try await query(sql, timeout: nil)
    }

    /// Runs one statement and returns how many rows it inserted, updated or deleted.
    @discardableResult
    nonisolated(nonsending) public func execute(_ sql: SQL, timeout: Duration? = nil) async throws -> Int {
        try await query(sql, timeout: timeout).affected
    }

    /// The first row, if there is one.
    nonisolated(nonsending) public func first(_ sql: SQL, timeout: Duration? = nil) async throws -> PostgresRow? {
        try await query(sql, timeout: timeout).first
    }
}
