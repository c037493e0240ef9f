import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct CancellationTests {
    /// A second client watches, so that what is watched is not disturbed.
    private func isRunning(_ text: String, _ watcher: PostgresClient) async throws -> Bool {
        let pattern = "%\(text)%"
        return try await watcher.first(
            """
            SELECT 1 FROM pg_stat_activity
            WHERE query LIKE \(pattern) AND state = 'active' AND application_name <> 'watcher'
            """) != nil
    }

    @Test func `a running statement is stopped on the server`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        let watcher = try await makeClient(url) { $0.applicationName = "watcher" }
        let task = Task { try await client.query("SELECT pg_sleep(61)") }
        try await until("it runs") { try await isRunning("pg_sleep(61)", watcher) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await until("it is stopped") { try await !isRunning("pg_sleep(61)", watcher) }
    }

    @Test func `neighbours on the same connection do not notice`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url) { $0.sharedConnections = 1 }
        let watcher = try await makeClient(url) { $0.applicationName = "watcher" }
        for round in 0..<5 {
            let slow = Task { try await client.query("SELECT pg_sleep(62)") }
            try await until("it runs") { try await isRunning("pg_sleep(62)", watcher) }
            let neighbours = (0..<20).map { number in
                Task { try await client.first("SELECT \(number), pg_sleep(0.001)")?["?column?", as: Int.self] }
            }
            slow.cancel()
            for (number, neighbour) in neighbours.enumerated() {
                #expect(try await neighbour.value == number, "round \(round)")
            }
        }
    }

    @Test func `a statement cancelled before it was sent is never sent`() async throws {
        let client = try await makeClient()
        try await client.query("CREATE TABLE t (n int8)")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await client.execute("INSERT INTO t VALUES (1)")
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 0)
    }

    @Test func `a cancelled transaction is rolled back and lets go of its locks`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        let watcher = try await makeClient(url) { $0.applicationName = "watcher" }
        try await client.query("CREATE TABLE t (n int8)")
        let task = Task {
            try await client.transaction { tx in
                try await tx.execute("LOCK TABLE t")
                try await tx.query("SELECT pg_sleep(63)")
            }
        }
        try await until("it runs") { try await isRunning("pg_sleep(63)", watcher) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await client.execute("INSERT INTO t VALUES (1)")
    }

    @Test func `waiting for a transaction's connection can be cancelled`() async throws {
        let client = try await makeClient { $0.transactionConnections = 1 }
        try await client.transaction { _ in
            let second = Task { try await client.transaction { try await $0.query("SELECT 1") } }
            second.cancel()
            await #expect(throws: CancellationError.self) { try await second.value }
        }
    }

    @Test func `the server ends what runs longer than the statement time-out`() async throws {
        let client = try await makeClient { $0.statementTimeout = .milliseconds(50) }
        let error = try await postgresError { try await client.query("SELECT pg_sleep(10)") }
        #expect(error.isQueryCanceled)
    }
}
