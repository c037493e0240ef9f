public import DomainKit
import Foundation
public import Logging
public import Postgres
public import ServiceLifecycle

/// Removes what has expired, a little at a time: sessions and kept answers. Any number of replicas may run it.
public struct Sweeper: Service {
    private let database: PostgresClient
    private let every: Duration
    private let clock: any WallClock
    private let logger: Logger

    public init(
        database: PostgresClient, every: Duration = .seconds(300), clock: any WallClock = SystemWallClock(),
        logger: Logger
    ) {
        self.database = database
        self.every = every
        self.clock = clock
        self.logger = logger
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: every)
                guard !Task.isCancelled else { return }
                do {
                    try await sweep()
                } catch {
                    logger.warning("expired rows not removed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// One round; returns how many rows went.
    @discardableResult
    public func sweep() async throws -> Int {
        let now = clock.now
        return try await translatingErrors {
            let sessions = try await database.execute(
                """
                DELETE FROM sessions WHERE id IN (
                    SELECT id FROM sessions WHERE expires_at <= \(now) LIMIT 1000 FOR UPDATE SKIP LOCKED)
                """)
            let answers = try await database.execute(
                """
                DELETE FROM idempotency_keys WHERE (caller, route, key) IN (
                    SELECT caller, route, key FROM idempotency_keys
                    WHERE expires_at <= \(now) LIMIT 1000 FOR UPDATE SKIP LOCKED)
                """)
            return sessions + answers
        }
    }
}
