internal import Synchronization

/// A connection for one holder at a time.
final class Lease: Sendable {
    private let queue: RequestQueue
    private let spoiled = Atomic<Bool>(false)

    init(_ settings: ConnectionDriver.Settings, queue: RequestQueue) {
        self.queue = queue
        ConnectionDriver(settings, queue: queue).start()
    }

    deinit {
        close(PostgresError(.closed, "the connection was given up"))
    }

    /// Not fit for another holder: lost, or left in the middle of something.
    var isSpoiled: Bool { spoiled.load(ordering: .acquiring) || queue.isEnding }

    nonisolated(nonsending) func query(_ sql: SQL, more: [SQL] = []) async throws -> PostgresRows {
        try await run(Request(sql, more: more, mayRepeat: false))
    }

    /// Any number of statements in one text, without binds. Returns the rows of the last.
    @discardableResult
    nonisolated(nonsending) func script(_ text: String) async throws -> PostgresRows {
        try await run(Request(SQL(raw: text), form: .script, mayRepeat: false))
    }

    /// Runs a statement to its end, whatever becomes of the task.
    nonisolated(nonsending) func complete(_ sql: SQL) async throws -> PostgresRows {
        try await queue.runToEnd(Request(sql, mayRepeat: false)).rows
    }

    func close(_ reason: PostgresError) {
        queue.close(reason)
    }

    nonisolated(nonsending) private func run(_ request: Request) async throws -> PostgresRows {
        do {
            return try await queue.run(request).rows
        } catch is CancellationError {
            spoiled.store(true, ordering: .releasing)
            throw CancellationError()
        } catch let error as PostgresError where error.isConnectionLost {
            // Without its COMMIT nothing of the transaction can have taken effect.
            var error = error
            error.isOutcomeUnknown = false
            throw error
        }
    }
}
