public import Foundation
public import Logging

/// Changes to a database's schema, applied once each, in order, and never undone.
///
/// Files are named `0001_rooms.sql`, `0002_...`; their order is that of their names. What was applied is kept in the
/// table `schema_migrations` with a checksum: a file that changed after it was applied, or vanished, stops the start.
/// A database that is ahead of the newest file does not: a program that was rolled back runs on the schema of the one
/// it replaces, so changes may only add until no older program is left.
/// Each file runs in a transaction of its own, unless its first line is `-- migration: no transaction`
/// (`CREATE INDEX CONCURRENTLY`; then one statement only).
///
/// A file that needs a lock others hold does not wait for it long, as whoever comes after would wait behind it: it gives
/// way (`lock_timeout`) and is tried again from its start, a few times, while the log says whom it waits for. A file
/// without a transaction holds up nobody when it has a reason to be one: it waits as long as it takes, and the log says
/// for whom. An index that an earlier run of it left unfinished is dropped and made again.
public struct PostgresMigrations: Sendable {
    public struct Migration: Sendable, Hashable {
        public let name: String
        public let sql: String

        public init(name: String, sql: String) {
            self.name = name
            self.sql = sql
        }

        var isTransactional: Bool { !sql.hasPrefix("-- migration: no transaction") }

        /// The index that `CREATE INDEX CONCURRENTLY` makes, as it is written there; nil where it makes none, or names none.
        var index: String? {
            let making =
                /CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(?<name>"[^"]+"|[^\s"(]+)\s+ON\b/
            return sql.firstMatch(of: making.ignoresCase()).map { String($0.name) }
        }
    }

    /// In the order they are applied.
    public let migrations: [Migration]

    public init(_ migrations: [Migration]) {
        self.migrations = migrations.sorted { $0.name < $1.name }
    }

    /// Reads every `.sql` file of a directory. Fails with kind `.migration` when there are none, or two share a name
    /// up to the first underscore.
    public init(directory: URL) throws {
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sql" }
        if files.isEmpty { throw PostgresError(.migration, "no migrations in \(directory.path)") }
        self.init(
            try files.map { file in
                Migration(
                    name: file.deletingPathExtension().lastPathComponent,
                    sql: try String(contentsOf: file, encoding: .utf8))
            })
        let numbers = migrations.map { $0.name.prefix { $0 != "_" } }
        if Set(numbers).count < numbers.count {
            throw PostgresError(.migration, "two migrations share a number in \(directory.path)")
        }
    }

    /// Reads the directory `Migrations` among the resources of a target (`.copy("Migrations")`, `Bundle.module`).
    public init(bundle: Bundle, directory: String = "Migrations") throws {
        guard let root = bundle.resourceURL else { throw PostgresError(.migration, "the bundle has no resources") }
        try self.init(directory: root.appendingPathComponent(directory, isDirectory: true))
    }

    /// Applies what is missing and returns the names of what was applied.
    ///
    /// Safe to call from many replicas at once: they wait for one another on an advisory lock. Fails with kind
    /// `.migration` when the files contradict what was applied, or with the server's error; then everything up to the
    /// failing file has been applied and stays. With `PostgresError.isLockNotAvailable` a lock could not be had.
    @discardableResult
    public func apply(
        on client: PostgresClient, locks: PostgresLockPatience = PostgresLockPatience(), logger: Logger
    ) async throws -> [String] {
        try await client.withOwnConnection { lease in
            // The lock may be held for as long as somebody else's migrations take.
            try await lease.script("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            try await lock(lease, logger)
            try await lease.script(Self.createTable)
            let pending = try await pending(on: lease, logger)
            let applier = try await MigrationApplier(lease, watcher: client, locks: locks, logger: logger)
            for (migration, checksum) in pending {
                logger.info("applying migration", metadata: ["migration": "\(migration.name)"])
                try await applier.apply(migration, checksum: checksum)
            }
            return pending.map(\.0.name)
        }
    }

    /// "hiroba" in ASCII; one key for the whole database.
    private static let lockKey: Int64 = 0x6869_726f_6261

    /// Asks again and again instead of waiting inside one statement: that would hold a snapshot, for whose end
    /// `CREATE INDEX CONCURRENTLY` of the holder would wait in turn.
    private func lock(_ lease: Lease, _ logger: Logger) async throws {
        var isFirst = true
        while try await lease.query("SELECT pg_try_advisory_lock(\(Self.lockKey))").first?.decode(Bool.self) != true {
            if isFirst { logger.notice("waiting for another program's migrations") }
            isFirst = false
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            name text PRIMARY KEY,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """

    private func pending(on lease: Lease, _ logger: Logger) async throws -> [(Migration, checksum: String)] {
        let applied = try await lease.query("SELECT name, checksum FROM schema_migrations ORDER BY name")
            .decode((String, String).self)
        let checksums = try await lease.query(
            """
            SELECT encode(sha256(convert_to(body, 'UTF8')), 'hex')
            FROM unnest(\(migrations.map(\.sql))) WITH ORDINALITY AS file (body, place) ORDER BY place
            """
        ).decode(String.self)
        let files = Dictionary(uniqueKeysWithValues: zip(migrations.map(\.name), checksums))
        for (name, checksum) in applied {
            guard let file = files[name] else {
                if let newest = migrations.last, name > newest.name {
                    logger.notice("the database is ahead of this program", metadata: ["migration": "\(name)"])
                    continue
                }
                throw PostgresError(.migration, "\(name) was applied to this database and is not among the files")
            }
            if file != checksum { throw PostgresError(.migration, "\(name) was changed after it was applied") }
        }
        let names = Set(applied.map(\.0))
        let pending = zip(migrations, checksums).filter { !names.contains($0.0.name) }
        if let first = pending.first, let last = applied.last, first.0.name < last.0 {
            throw PostgresError(.migration, "\(first.0.name) comes before \(last.0), which was applied already")
        }
        return pending.map { ($0.0, checksum: $0.1) }
    }
}
