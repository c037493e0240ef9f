import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct StatementCacheTests {
    @Test func `the server keeps no more statements than the cache may hold`() async throws {
        let client = try await makeClient {
            $0.sharedConnections = 1
            $0.statementCacheSize = 8
        }
        for round in 0..<3 {
            for number in 0..<40 {
                let row = try await client.first("SELECT \(number) + \(sql: SQL(raw: "\(number)"))")
                #expect(try row?.decode(Int.self) == 2 * number, "round \(round)")
            }
        }
        let kept = try await client.first("SELECT count(*) FROM pg_prepared_statements")?.decode(Int.self)
        #expect(try #require(kept) <= 8)
    }

    @Test func `a plan made stale by ALTER TABLE is made anew without the caller's knowing`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        try await client.query("CREATE TABLE t (a int8)")
        try await client.query("INSERT INTO t VALUES (1)")
        #expect(try await client.query("SELECT * FROM t").columns == ["a"])
        try await client.query("ALTER TABLE t ADD b text")
        #expect(try await client.query("SELECT * FROM t").columns == ["a", "b"])
    }

    @Test func `statements the server forgot are prepared again`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        try await client.ping()
        // Behind a function, as a statement that says so has its connection closed.
        try await client.query(
            """
            CREATE FUNCTION forget() RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DEALLOCATE ALL'; RETURN 1; END $$
            """)
        let process = try await client.first("SELECT pg_backend_pid()")?.decode(Int.self)
        try await client.query("SELECT forget()")
        try await client.ping()
        #expect(try await client.first("SELECT pg_backend_pid()")?.decode(Int.self) == process)
    }

    @Test func `the same text with binds of another type is another statement`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        func read<Value: PostgresEncodable & PostgresDecodable>(_ value: Value) async throws -> Value? {
            try await client.first("SELECT \(value)")?.decode(Value.self)
        }
        for _ in 0..<3 {
            #expect(try await read(7) == 7)
            #expect(try await read(1.5) == 1.5)
            #expect(try await read(true) == true)
        }
    }

    @Test func `a statement that cannot be parsed fails every time, alone`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        try await client.query("SELECT nonsense FROM nowhere")
                        return nil
                    } catch {
                        return (error as? PostgresError)?.sqlState
                    }
                }
            }
            for await state in group { #expect(state == "42P01") }
        }
        try await client.ping()
    }
}
