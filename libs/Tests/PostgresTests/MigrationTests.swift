import Foundation
import Logging
import PlatformTesting
import Postgres
import Synchronization
import Testing

@Suite struct MigrationTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let first = PostgresMigrations.Migration(
        name: "0001_rooms", sql: "CREATE TABLE rooms (id int8); INSERT INTO rooms VALUES (1); SELECT 1;")
    private let second = PostgresMigrations.Migration(
        name: "0002_index", sql: "-- migration: no transaction\nCREATE INDEX CONCURRENTLY ON rooms (id)")

    @Test func `are applied once, in order`() async throws {
        let client = try await makeClient()
        #expect(try await PostgresMigrations([first]).apply(on: client, logger: logger) == ["0001_rooms"])
        let both = PostgresMigrations([second, first])
        #expect(try await both.apply(on: client, logger: logger) == ["0002_index"])
        #expect(try await both.apply(on: client, logger: logger) == [])
        #expect(try await client.first("SELECT count(*) FROM rooms")?.decode(Int.self) == 1)
    }

    @Test func `are applied once by several clients that race`() async throws {
        let url = try await TestPostgres.database()
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await PostgresMigrations([first, second]).apply(on: makeClient(url), logger: logger)
                }
            }
            return try await group.reduce([], +)
        }
        #expect(applied.sorted() == ["0001_rooms", "0002_index"])
    }

    @Test func `that changed, vanished or came late stop everything`() async throws {
        let client = try await makeClient()
        try await PostgresMigrations([first, second]).apply(on: client, logger: logger)
        let changed = PostgresMigrations.Migration(name: first.name, sql: first.sql + " ")
        let late = PostgresMigrations.Migration(name: "0001_z", sql: "SELECT 1")
        for wrong in [[changed, second], [second], [first, late, second], [first, late]] {
            let error = try await postgresError {
                try await PostgresMigrations(wrong).apply(on: client, logger: logger)
            }
            #expect(error.kind == .migration)
        }
    }

    @Test func `of a newer program do not stop an older one`() async throws {
        let client = try await makeClient()
        try await PostgresMigrations([first, second]).apply(on: client, logger: logger)
        #expect(try await PostgresMigrations([first]).apply(on: client, logger: logger) == [])
    }

    @Test func `that fail leave nothing behind and name the file`() async throws {
        let client = try await makeClient()
        let broken = PostgresMigrations.Migration(name: "0002_broken", sql: "CREATE TABLE u (n int8); SELECT 1 / 0")
        let error = try await postgresError {
            try await PostgresMigrations([first, broken]).apply(on: client, logger: logger)
        }
        #expect(error.sqlState == "22012" && error.message.contains("0002_broken"))
        let tables = try await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        #expect(try tables.decode(String.self) == ["rooms", "schema_migrations"])
    }

    /// Holds a lock on the table until `gate` opens.
    private func holdingLock(
        _ url: String, _ mode: SQL = "ACCESS SHARE", _ body: () async throws -> Void
    ) async throws {
        let holder = try await makeClient(url) { $0.applicationName = "holder" }
        try await holder.transaction { transaction in
            try await transaction.query("LOCK TABLE rooms IN \(sql: mode) MODE")
            try await body()
        }
    }

    @Test func `that wait for a lock give way to others`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        let lines = LogLines()
        try await PostgresMigrations([first]).apply(on: client, logger: logger)
        let third = PostgresMigrations.Migration(name: "0003_name", sql: "ALTER TABLE rooms ADD name text")
        let patience = PostgresLockPatience(lockTimeout: .milliseconds(200), tries: 2, pause: .milliseconds(1))
        try await holdingLock(url) {
            let error = try await postgresError {
                try await PostgresMigrations([first, third]).apply(on: client, locks: patience, logger: lines.logger)
            }
            #expect(error.isLockNotAvailable && error.message.contains("0003_name"))
        }
        #expect(lines.all.count { $0.contains("a migration gave way") } == 1)
        #expect(try await PostgresMigrations([first, third]).apply(on: client, logger: logger) == ["0003_name"])
    }

    @Test func `that wait for a lock say whom they wait for`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        let lines = LogLines()
        try await PostgresMigrations([first]).apply(on: client, logger: logger)
        let third = PostgresMigrations.Migration(name: "0003_name", sql: "ALTER TABLE rooms ADD name text")
        let patience = PostgresLockPatience(lockTimeout: .milliseconds(200), tries: 10_000, pause: .milliseconds(1))
        var applying: Task<[String], any Error>?
        try await holdingLock(url) {
            applying = Task {
                try await PostgresMigrations([first, third]).apply(on: client, locks: patience, logger: lines.logger)
            }
            try await until("the holder is named") { lines.all.contains { $0.contains("holder=holder") } }
        }
        #expect(try await applying?.value == ["0003_name"])
    }

    @Test func `that gave way are applied once the lock is free`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        let lines = LogLines()
        try await PostgresMigrations([first]).apply(on: client, logger: logger)
        let third = PostgresMigrations.Migration(name: "0003_name", sql: "ALTER TABLE rooms ADD name text")
        let patience = PostgresLockPatience(lockTimeout: .milliseconds(50), tries: 10_000, pause: .milliseconds(1))
        let applying = Mutex<Task<[String], any Error>?>(nil)
        try await holdingLock(url) {
            let task = Task {
                try await PostgresMigrations([first, third]).apply(on: client, locks: patience, logger: lines.logger)
            }
            applying.withLock { $0 = task }
            try await until("it gave way") { lines.all.contains { $0.contains("a migration gave way") } }
        }
        #expect(try await applying.withLock { $0 }?.value == ["0003_name"])
    }

    @Test(arguments: ["rooms_id_key", "\"Rooms by id\"", "IF NOT EXISTS rooms_id_key"])
    func `that left an index unfinished drop it and make it again`(name: String) async throws {
        let client = try await makeClient()
        let unique = PostgresMigrations.Migration(
            name: "0002_key",
            sql: "-- migration: no transaction\n-- Why.\nCREATE UNIQUE INDEX CONCURRENTLY \(name) ON rooms (id)")
        try await PostgresMigrations([first]).apply(on: client, logger: logger)
        try await client.execute("INSERT INTO rooms VALUES (1)")
        let error = try await postgresError {
            try await PostgresMigrations([first, unique]).apply(on: client, logger: logger)
        }
        #expect(error.sqlState == "23505")
        let state: SQL = "SELECT indisvalid FROM pg_index WHERE indrelid = 'rooms'::regclass"
        #expect(try await client.query(state).decode(Bool.self) == [false])
        try await client.execute("DELETE FROM rooms")
        #expect(try await PostgresMigrations([first, unique]).apply(on: client, logger: logger) == ["0002_key"])
        #expect(try await client.query(state).decode(Bool.self) == [true])
    }

    @Test func `without a transaction wait as long as it takes, and say for whom`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        let lines = LogLines()
        try await PostgresMigrations([first]).apply(on: client, logger: logger)
        let patience = PostgresLockPatience(lockTimeout: .milliseconds(20), tries: 1, pause: .milliseconds(1))
        let applying = Mutex<Task<[String], any Error>?>(nil)
        try await holdingLock(url, "ROW EXCLUSIVE") {
            let task = Task {
                try await PostgresMigrations([first, second]).apply(on: client, locks: patience, logger: lines.logger)
            }
            applying.withLock { $0 = task }
            try await until("it waits") { lines.all.contains { $0.contains("holder=holder") } }
        }
        #expect(try await applying.withLock { $0 }?.value == ["0002_index"])
    }

    @Test func `are read from a directory`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        #expect(throws: PostgresError.self) { try PostgresMigrations(directory: directory) }
        try "SELECT 1".write(to: directory.appending(path: "0002_b.sql"), atomically: true, encoding: .utf8)
        try "SELECT 1".write(to: directory.appending(path: "0001_a.sql"), atomically: true, encoding: .utf8)
        #expect(try PostgresMigrations(directory: directory).migrations.map(\.name) == ["0001_a", "0002_b"])
        try "SELECT 2".write(to: directory.appending(path: "0002_c.sql"), atomically: true, encoding: .utf8)
        #expect(throws: PostgresError.self) { try PostgresMigrations(directory: directory) }
    }
}
