import DomainKit
public import Logging
public import Postgres
public import ServiceLifecycle
import UserDomain

/// Removes what has expired: sessions, kept answers, devices not seen for long, wrong passwords of long ago.
///
/// In batches, so that nobody waits behind one; one replica at a time; and a kind of rows that cannot be removed keeps no
/// other from going.
public struct Sweeper: Service {
    private let database: PostgresClient
    private let every: Duration
    private let logger: Logger

    public init(database: PostgresClient, every: Duration = .seconds(300), logger: Logger) {
        self.database = database
        self.every = every
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: every)
                guard !Task.isCancelled else { return }
                await sweep()
            }
        }
    }

    /// One round; returns how many rows went.
    @discardableResult
    public func sweep() async -> Int {
        var removed = 0
        for (table, key, isOver) in Self.kinds {
            do {
                removed += try await sweep(table, key, isOver)
            } catch {
                logger.warning("expired rows not removed", metadata: ["table": "\(table.text)", "error": "\(error)"])
            }
        }
        return removed
    }

    private func sweep(_ table: SQL, _ key: SQL, _ isOver: SQL) async throws -> Int {
        try await translatingErrors {
            try await database.sweep("user.\(table.text)") { transaction, batch in
                try await transaction.execute(
                    """
                    DELETE FROM \(sql: table) WHERE (\(sql: key)) IN (
                        SELECT \(sql: key) FROM \(sql: table) WHERE \(sql: isOver)
                        LIMIT \(batch) FOR UPDATE SKIP LOCKED)
                    """)
            } ?? 0
        }
    }

    private static let kinds: [(table: SQL, key: SQL, isOver: SQL)] = [
        ("sessions", "id", "expires_at <= now()"),
        ("kept_answers", "caller, route, key", "expires_at <= now()"),
        ("idempotency_keys", "caller, route, key", "expires_at <= now()"),
        ("devices", "digest", "last_seen_at <= now() - \(DeviceToken.days) * interval '1 day'"),
        ("guesses", "budget", "since <= now() - \(GuessRules.window / .seconds(1)) * interval '1 second'"),
    ]
}
