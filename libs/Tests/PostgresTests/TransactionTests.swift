import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct TransactionTests {
    private func client(_ configure: (inout PostgresConfiguration) -> Void = { _ in }) async throws -> PostgresClient {
        let client = try await makeClient(nil, configure)
        try await client.query("CREATE TABLE t (n int8 PRIMARY KEY)")
        return client
    }

    private func count(_ client: PostgresClient) async throws -> Int? {
        try await client.first("SELECT count(*) FROM t")?.decode(Int.self)
    }

    @Test func `commits what its closure did`() async throws {
        let client = try await client()
        let seen = try await client.transaction { tx in
            try await tx.execute("INSERT INTO t VALUES (\(1))")
            try await tx.execute("INSERT INTO t VALUES (\(2))")
            return try await tx.first("SELECT count(*) FROM t")?.decode(Int.self)
        }
        #expect(seen == 2)
        #expect(try await count(client) == 2)
    }

    @Test func `rolls back when its closure throws`() async throws {
        struct Stop: Error {}
        let client = try await client()
        await #expect(throws: Stop.self) {
            try await client.transaction { tx in
                try await tx.execute("INSERT INTO t VALUES (1)")
                throw Stop()
            }
        }
        #expect(try await count(client) == 0)
    }

    @Test func `says so when a swallowed error made the commit a rollback`() async throws {
        let client = try await client()
        let error = try await postgresError {
            try await client.transaction { tx in
                try await tx.execute("INSERT INTO t VALUES (1)")
                _ = try? await tx.query("SELECT 1 / 0")
            }
        }
        #expect(error.kind == .transaction)
        #expect(try await count(client) == 0)
    }

    @Test func `a savepoint undoes only its own work`() async throws {
        let client = try await client()
        try await client.transaction { tx in
            try await tx.execute("INSERT INTO t VALUES (1)")
            _ = try? await tx.savepoint { try await $0.execute("INSERT INTO t VALUES (2), (1)") }
            try await tx.savepoint { try await $0.execute("INSERT INTO t VALUES (3)") }
        }
        #expect(try await client.query("SELECT n FROM t ORDER BY n").decode(Int.self) == [1, 3])
    }

    @Test func `refuses every further statement once its first was given up before it left`() async throws {
        let client = try await client { $0.transactionConnections = 1 }
        let error = try await postgresError {
            try await client.transaction { transaction in
                let first = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await transaction.execute("INSERT INTO t VALUES (1)")
                }
                await #expect(throws: CancellationError.self) { try await first.value }
                let second = try await postgresError { try await transaction.execute("INSERT INTO t VALUES (2)") }
                #expect(second.kind == .transaction)
            }
        }
        #expect(error.kind == .transaction, "and does not say that it committed")
        #expect(try await count(client) == 0)
        try await client.transaction { try await $0.execute("INSERT INTO t VALUES (3)") }
        #expect(try await count(client) == 1)
    }

    @Test func `never lets a statement overtake a BEGIN that never left`() async throws {
        let client = try await client { $0.transactionConnections = 1 }
        for number in 0..<50 {
            _ = try? await client.transaction { transaction in
                let first = Task { try await transaction.execute("INSERT INTO t VALUES (\(2 * number))") }
                let second = Task { try await transaction.execute("INSERT INTO t VALUES (\(2 * number + 1))") }
                first.cancel()
                _ = (await first.result, await second.result)
                throw CancellationError()
            }
        }
        #expect(try await count(client) == 0)
    }

    @Test func `refuses every further statement once one ran out of time`() async throws {
        let client = try await client()
        let error = try await postgresError {
            try await client.transaction { transaction in
                try await transaction.execute("INSERT INTO t VALUES (1)")
                let late = try await postgresError {
                    try await transaction.query("SELECT pg_sleep(60)", timeout: .milliseconds(20))
                }
                #expect(late.kind == .timedOut && !late.isOutcomeUnknown)
                #expect(try await postgresError { try await transaction.query("SELECT 1") }.kind == .timedOut)
            }
        }
        #expect(error.kind == .timedOut)
        #expect(try await count(client) == 0)
    }

    @Test func `keeps the isolation and access mode it was given`() async throws {
        let client = try await client()
        let level = try await client.transaction(isolation: .serializable, readOnly: true) { tx in
            try await tx.first(
                "SELECT current_setting('transaction_isolation') || current_setting('transaction_read_only')"
            )?.decode(String.self)
        }
        #expect(level == "serializableon")
    }

    @Test func `is over with its closure`() async throws {
        let client = try await client()
        let leaked = try await client.transaction { $0 }
        #expect(try await postgresError { try await leaked.query("SELECT 1") }.kind == .transaction)
    }

    @Test func `waits for a connection in turn, and not longer than allowed`() async throws {
        let client = try await client {
            $0.transactionConnections = 1
            $0.acquireTimeout = .seconds(2)
        }
        try await client.transaction { tx in
            try await tx.query("SELECT 1")
            let error = try await postgresError { try await client.transaction { try await $0.query("SELECT 1") } }
            #expect(error.kind == .timedOut && error.isUnavailable)
        }
        try await client.transaction { try await $0.query("SELECT 1") }
    }

    @Test func `many at once share few connections`() async throws {
        let client = try await client { $0.transactionConnections = 3 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                group.addTask {
                    try await client.transaction { tx in
                        try await tx.execute("INSERT INTO t VALUES (\(number))")
                        try await tx.execute("UPDATE t SET n = n + 1000 WHERE n = \(number)")
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(client) == 60)
        let sessions = try await client.first(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        #expect(try #require(try sessions?.decode(Int.self)) <= 4 + 3)
    }
}
