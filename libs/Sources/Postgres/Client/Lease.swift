internal import Synchronization

/// A connection for one holder at a time.
final class Lease: Sendable {
    private let queue: RequestQueue
    private let spoiled = Atomic<Bool>(false)

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
        do {
            return try await queue.runToEnd(Request(sql, mayRepeat: false)).rows
        } catch {
            spoiled.store(true, ordering: .releasing)
            throw error
        }
    }

    func close(_ reason: PostgresError) {
        queue.close(reason)
    }

    /// Returns when the connection was lost, or is closed.
    func ended() async {
        await queue.drained()
    }

    nonisolated(nonsending) private func run(_ request: Request) async throws -> PostgresRows {
        do {
            return try await queue.run(request).rows
        } catch var error as PostgresError where error.kind != .server {
            // Without its COMMIT nothing of the transaction can have taken effect.
            error.isOutcomeUnknown = false
            spoiled.store(true, ordering: .releasing)
            throw error
        } catch let error as PostgresError {
            throw error
        } catch {
            // Cancelled: the statement may be running still.
            spoiled.store(true, ordering: .releasing)
            throw error
        }
    }
}
