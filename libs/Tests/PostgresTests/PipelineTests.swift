import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct PipelineTests {
    @Test func `a thousand concurrent statements get each its own answer`() async throws {
        let client = try await makeClient()
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<1_000 {
                group.addTask { try await client.first("SELECT \(number)")?.decode(Int.self) == number }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `one statement's error leaves its neighbours alone`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        let row = try await client.first("SELECT 100 / \(number % 5)")
                        return try row?.decode(Int.self) == 100 / (number % 5)
                    } catch let error as PostgresError {
                        return number % 5 == 0 && error.sqlState == "22012"
                    }
                }
            }
            for try await isRight in group { #expect(isRight) }
        }
    }

    @Test func `statements sent atomically stand or fall together`() async throws {
        let client = try await makeClient()
        try await client.query("CREATE TABLE t (n int8 PRIMARY KEY)")
        let results = try await client.atomically([
            "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)", "SELECT count(*) FROM t",
        ])
        #expect(results.map(\.affected) == [1, 1, 1])
        #expect(try results[2].first?.decode(Int.self) == 2)
        let error = try await postgresError {
            _ = try await client.atomically(["INSERT INTO t VALUES (3)", "INSERT INTO t VALUES (1)"])
        }
        #expect(error.isUniqueViolation)
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 2)
    }

    @Test func `a slow statement does not hold up those that come after`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url) { $0.sharedConnections = 2 }
        let watcher = try await makeClient(url)
        let slow = Task { try await client.query("SELECT pg_sleep(25)") }
        // Those sent in its first 20 ms may stand behind it.
        try await until("the slow one has run for a while") {
            try await watcher.first(
                """
                SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(25)' AND state = 'active'
                    AND clock_timestamp() - query_start > interval '100 ms'
                """) != nil
        }
        for _ in 0..<50 { try await client.ping() }
        slow.cancel()
        await #expect(throws: CancellationError.self) { try await slow.value }
    }

    @Test func `rows larger than any buffer arrive whole, and so do binds`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        let bytes = Data((0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        async let ping: Void = client.ping()
        let row = try await client.first("SELECT \(bytes), length(\(bytes))")
        try await ping
        let (back, length) = try #require(try row?.decode((Data, Int).self))
        #expect(back == bytes && length == bytes.count)
    }

    @Test func `a closed client refuses at once`() async throws {
        let client = try await makeClient()
        try await client.ping()
        await client.close()
        #expect(try await postgresError { try await client.ping() }.kind == .closed)
    }
}
