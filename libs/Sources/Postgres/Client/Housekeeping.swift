/// Work that any replica may do and one at a time should: removing what has expired, above all.
extension PostgresTransaction {
    /// Takes the advisory lock of this name until the transaction ends; false, at once, while another transaction has
    /// it. Names are the whole database's: begin them with the service's (`"chat.tombstones"`).
    nonisolated(nonsending) public func tryLock(_ name: String) async throws -> Bool {
        try await first("SELECT pg_try_advisory_xact_lock(hashtextextended(\(name), 0))")?.decode(Bool.self) == true
    }
}

extension PostgresClient {
    /// Removes rows in batches of bounded size, each in a transaction of its own, one replica at a time.
    ///
    /// `remove` is given a transaction that holds the lock `name` and the size of a batch, and returns how many rows it
    /// took; when that is less than a batch nothing is left. Returns how many went in all; nil when another
    /// replica is at it. Locks last for one batch, so nobody waits for more than that, and a replica that dies leaves
    /// the rest to the others.
    ///
    /// ```swift
    /// try await database.sweep("user.sessions") { transaction, batch in
    ///     try await transaction.execute(
    ///         """
    ///         DELETE FROM sessions WHERE id IN (
    ///             SELECT id FROM sessions WHERE expires_at <= now() LIMIT \(batch) FOR UPDATE SKIP LOCKED)
    ///         """)
    /// }
    /// ```
    /// Fails as `transaction` does; what earlier batches removed stays removed. A row that cannot be removed must not
    /// be selected again by `remove`, or all behind it would wait for it.
    /// - Parameter batches: how many at most in this round; the rest is for the next.
    @discardableResult
    nonisolated(nonsending) public func sweep(
        _ name: String, batch: Int = 1_000, batches: Int = 1_000,
        _ remove: nonisolated(nonsending) (PostgresTransaction, _ batch: Int) async throws -> Int
    ) async throws -> Int? {
        var removed = 0
        for _ in 0..<max(1, batches) {
            let count: Int? = try await transaction { transaction in
                guard try await transaction.tryLock(name) else { return nil }
                return try await remove(transaction, batch)
            }
            // Another replica that came in between two batches does the rest.
            guard let count else { return removed == 0 ? nil : removed }
            removed += count
            if count < batch { break }
        }
        return removed
    }
}
