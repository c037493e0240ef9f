internal import Logging
internal import Timing

/// How long a migration waits for a lock before it gives way, and how often it comes back.
public struct PostgresLockPatience: Sendable, Hashable {
    /// `lock_timeout` of each try: what everybody who wants the same table may have to wait.
    public var lockTimeout: Duration
    public var tries: Int
    /// Before the next try: the others' turn.
    public var pause: Duration

    public init(lockTimeout: Duration = .seconds(3), tries: Int = 10, pause: Duration = .seconds(2)) {
        self.lockTimeout = lockTimeout
        self.tries = tries
        self.pause = pause
    }
}

/// Applies one migration after the other on one connection.
struct MigrationApplier {
    private let lease: Lease
    /// Asks whom the connection waits for, while it does.
    private let watcher: PostgresClient
    private let locks: PostgresLockPatience
    private let logger: Logger
    private let backend: Int32

    init(_ lease: Lease, watcher: PostgresClient, locks: PostgresLockPatience, logger: Logger) async throws {
        self.lease = lease
        self.watcher = watcher
        self.locks = locks
        self.logger = logger
        guard let row = try await lease.query("SELECT pg_backend_pid()").first else {
            throw PostgresError(.migration, "the server does not tell its process")
        }
        backend = try row.decode(Int32.self)
    }

    func apply(_ migration: PostgresMigrations.Migration, checksum: String) async throws {
        let record: SQL = "INSERT INTO schema_migrations (name, checksum) VALUES (\(migration.name), \(checksum))"
        do {
            guard migration.isTransactional else {
                try await lease.script("SET lock_timeout = 0")
                try await telling(migration.name) {
                    try await dropUnfinished(migration.index)
                    try await lease.script(migration.sql)
                }
                _ = try await lease.query(record)
                return
            }
            try await lease.script("SET lock_timeout = \(locks.lockTimeout.wholeMilliseconds)")
            try await givingWay(migration.name) {
                try await lease.script("BEGIN")
                try await lease.script(migration.sql)
                _ = try await lease.query(record)
                try await lease.script("COMMIT")
            }
        } catch var error as PostgresError where error.kind == .server {
            error.message = "\(migration.name): \(error.message)"
            throw error
        }
    }

    /// `CREATE INDEX CONCURRENTLY` that was cut off, or met a row that contradicts it, leaves the index behind: it slows down
    /// every write, is of no use to a read, and has the name.
    private func dropUnfinished(_ index: String?) async throws {
        guard let index else { return }
        let unfinished = try await lease.query(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indexrelid = to_regclass(\(index)) AND NOT indisvalid"
        )
        // In the form in which the server writes names, quoted where they need it.
        guard let name = try unfinished.first?.decode(String.self) else { return }
        logger.notice("dropping an index that was not finished", metadata: ["index": "\(name)"])
        try await lease.script("DROP INDEX CONCURRENTLY \(name)")
    }

    /// Runs `body`, and says in the log whom it waits for.
    private func telling(_ name: String, _ body: () async throws -> Void) async throws {
        let watch = Task { await tellWhomItWaitsFor(name) }
        defer { watch.cancel() }
        try await body()
    }

    /// Runs `body` until it gets its locks, a few times.
    private func givingWay(_ name: String, _ body: () async throws -> Void) async throws {
        for round in 1... {
            do {
                return try await telling(name, body)
            } catch let error as PostgresError where error.isLockNotAvailable && round < locks.tries {
                try await lease.script("ROLLBACK")
                logger.notice("a migration gave way", metadata: ["migration": "\(name)", "try": "\(round)"])
                // The others' turn, who queued up behind it.
                try await Task.sleep(for: locks.pause)
            }
        }
    }

    /// Looks each time half of the patience is over, so that what is held for moments only is not worth a line, and says each
    /// holder once: a migration that waits without end may come to wait for another than the first.
    private func tellWhomItWaitsFor(_ name: String) async {
        var told: Set<Int32> = []
        while (try? await Task.sleep(for: locks.lockTimeout / 2)) != nil {
            for holder in (try? await holders()) ?? [] where told.insert(holder.process).inserted {
                logger.notice(
                    "a migration waits for a lock",
                    metadata: [
                        "migration": "\(name)", "holder": "\(holder.application)", "process": "\(holder.process)",
                        "state": "\(holder.state)", "since": "\(Int(clamping: Int64(holder.age.rounded()))) s",
                    ])
            }
        }
    }

    private typealias Holder = (process: Int32, application: String, state: String, age: Double)

    private func holders() async throws -> [Holder] {
        try await watcher.query(
            """
            SELECT a.pid, coalesce(a.application_name, ''), coalesce(a.state, ''),
                coalesce(extract(epoch FROM clock_timestamp() - a.xact_start)::float8, 0)
            FROM unnest(pg_blocking_pids(\(backend))) AS b (pid) JOIN pg_stat_activity a ON a.pid = b.pid
            """
        ).decode((Int32, String, String, Double).self)
    }
}
