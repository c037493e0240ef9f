import Foundation
import PlatformTesting
import Postgres
import Testing

/// A connection serves one caller after the other: none may find what another left.
@Suite(.timeLimit(.minutes(1))) struct StrangersTests {
    private func setting(_ session: some PostgresSession) async throws -> String? {
        try await session.first("SELECT current_setting('work_mem')")?.decode(String.self)
    }

    @Test func `a setting changed by one statement is not there for the next`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        let usual = try await setting(client)
        for change: SQL in ["SET work_mem = '7MB'", "SELECT set_config('work_mem', '7MB', false)"] {
            try await client.query(change)
            #expect(try await setting(client) == usual)
        }
    }

    @Test func `statements sent beside one that changes the session do not meet what it left`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        let usual = try await setting(client)
        try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<200 {
                group.addTask {
                    guard number % 20 == 7 else { return try await setting(client) }
                    try await client.query("SET work_mem = '7MB'")
                    return usual
                }
            }
            for try await seen in group { #expect(seen == usual) }
        }
    }

    @Test func `a transaction opened by a statement is an error, and nobody is in it`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        try await client.query("CREATE TABLE t (n int8)")
        async let opened = postgresError { try await client.query("BEGIN") }
        async let inserted = client.execute("INSERT INTO t VALUES (1)")
        #expect(try await opened.kind == .usage)
        #expect(try await inserted == 1)
        let watcher = try await makeClient(client.configuration.connectionString)
        #expect(try await watcher.first("SELECT count(*) FROM t")?.decode(Int.self) == 1)
    }

    @Test func `a transaction's connection is not handed on with what was changed on it`() async throws {
        let client = try await makeClient { $0.transactionConnections = 1 }
        let usual = try await setting(client)
        for change: SQL in [
            "SET work_mem = '7MB'", "CREATE TEMP TABLE left_behind (n int8)", "LISTEN c", "PREPARE p AS SELECT 1",
            "SELECT pg_advisory_lock(7)", "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
        ] {
            try await client.transaction { try await $0.query(change) }
            try await client.transaction { next in
                #expect(try await setting(next) == usual, "\(change)")
                let left = try await next.first(
                    """
                    SELECT (SELECT count(*) FROM pg_class WHERE relname = 'left_behind' AND pg_table_is_visible(oid))
                        + (SELECT count(*) FROM pg_listening_channels()) + (SELECT count(*) FROM pg_cursors WHERE is_holdable)
                        + (SELECT count(*) FROM pg_prepared_statements WHERE name = 'p')
                        + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                    """)
                #expect(try left?.decode(Int.self) == 0, "\(change)")
            }
        }
    }

    @Test func `a transaction's connection is handed on when nothing was changed on it`() async throws {
        let client = try await makeClient { $0.transactionConnections = 1 }
        func process(_ change: SQL) async throws -> Int? {
            try await client.transaction { transaction in
                try await transaction.query(change)
                return try await transaction.first("SELECT pg_backend_pid()")?.decode(Int.self)
            }
        }
        let first = try await process("SET LOCAL work_mem = '7MB'")
        #expect(try await process("SELECT 1") == first)
    }

    @Test func `a statement that ends the transaction is refused, and so is what comes after one unseen`() async throws
    {
        let client = try await makeClient { $0.transactionConnections = 1 }
        try await client.query("CREATE TABLE t (n int8)")
        for end: SQL in ["COMMIT", "/* */ rollback", "END"] {
            let error = try await postgresError {
                try await client.transaction { transaction in
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    try await transaction.query(end)
                }
            }
            #expect(error.kind == .usage)
        }
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 0)
    }

    @Test func `COPY and too many binds are refused before they are sent`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        try await client.query("CREATE TABLE t (n int8)")
        let before = try await client.first("SELECT pg_backend_pid()")?.decode(Int.self)
        var many: SQL = "SELECT 1 WHERE 1 IN ("
        for number in 0..<65_536 { many.append(number == 0 ? "\(number)" : ", \(number)") }
        many.append(")")
        for refused: SQL in ["COPY t FROM stdin", "copy t TO stdout", many] {
            #expect(try await postgresError { try await client.query(refused) }.kind == .usage)
            #expect(try await postgresError { try await client.atomically(["SELECT 1", refused]) }.kind == .usage)
            let error = try await postgresError {
                try await client.transaction { transaction in
                    _ = try? await transaction.query(refused)
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                    throw PostgresError(.usage, "enough")
                }
            }
            #expect(error.message == "enough")
        }
        #expect(try await client.first("SELECT pg_backend_pid()")?.decode(Int.self) == before)
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 0)
    }

    @Test func `as many binds as the protocol counts are taken`() async throws {
        let client = try await makeClient()
        var many: SQL = "SELECT 1 WHERE 0 IN ("
        for number in 0..<65_535 { many.append(number == 0 ? "\(number)" : ", \(number)") }
        many.append(")")
        #expect(try await client.query(many).count == 1)
    }
}
