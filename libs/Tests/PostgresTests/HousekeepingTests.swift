import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1))) struct HousekeepingTests {
    private func client(rows: Int) async throws -> PostgresClient {
        let client = try await makeClient()
        try await client.query("CREATE TABLE t (n int8 PRIMARY KEY)")
        try await client.query("INSERT INTO t SELECT generate_series(1, \(rows))")
        return client
    }

    private func remove(_ transaction: PostgresTransaction, _ batch: Int) async throws -> Int {
        try await transaction.execute("DELETE FROM t WHERE n IN (SELECT n FROM t LIMIT \(batch))")
    }

    @Test func `a sweep removes all, a batch a transaction`() async throws {
        let client = try await client(rows: 95)
        var batches: [Int] = []
        let removed = try await client.sweep("t", batch: 30) { transaction, batch in
            batches.append(try await remove(transaction, batch))
            return batches.last ?? 0
        }
        #expect(removed == 95 && batches == [30, 30, 30, 5])
    }

    @Test func `a sweep of bounded length leaves the rest to the next`() async throws {
        let client = try await client(rows: 95)
        #expect(try await client.sweep("t", batch: 10, batches: 2, remove) == 20)
        #expect(try await client.sweep("t", batch: 10, remove) == 75)
    }

    @Test func `one replica sweeps at a time, and the others do not wait`() async throws {
        let client = try await client(rows: 5)
        let inner = try await client.sweep("t") { transaction, batch in
            #expect(try await client.sweep("t", remove) == nil)
            #expect(try await client.sweep("another", remove) == 5)
            return try await remove(transaction, batch)
        }
        #expect(inner == 0)
        #expect(try await client.sweep("t", remove) == 0, "the lock is gone with its transaction")
    }

    @Test func `a batch that fails undoes itself alone and lets go of the lock`() async throws {
        let client = try await client(rows: 20)
        var round = 0
        let error = try await postgresError {
            try await client.sweep("t", batch: 5) { transaction, batch in
                round += 1
                let count = try await remove(transaction, batch)
                if round == 3 { try await transaction.query("SELECT 1 / 0") }
                return count
            }
        }
        #expect(error.sqlState == "22012")
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 10)
        #expect(try await client.sweep("t", remove) == 10)
    }
}
