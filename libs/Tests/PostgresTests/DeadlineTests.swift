import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1))) struct DeadlineTests {
    @Test func `a call that runs out of time says so, and its statement is stopped on the server`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url)
        try await client.ping()
        let error = try await postgresError {
            try await client.query("SELECT pg_sleep(65)", timeout: .seconds(1))
        }
        #expect(error.kind == .timedOut && error.isOutcomeUnknown && error.isUnavailable)
        try await until("it is stopped") {
            try await client.first(
                "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(65)' AND state = 'active'") == nil
        }
    }

    @Test func `the time of one call is no other's`() async throws {
        let client = try await makeClient { $0.sharedConnections = 1 }
        let slow = Task { try await client.query("SELECT pg_sleep(0.3)") }
        async let late = postgresError { try await client.query("SELECT 2", timeout: .milliseconds(20)) }
        async let patient = client.query("SELECT 3")
        _ = try await late
        #expect(try await patient.count == 1)
        #expect(try await slow.value.count == 1)
    }

    @Test func `every call of a client may have a time`() async throws {
        let client = try await makeClient { $0.callTimeout = .milliseconds(50) }
        #expect(try await postgresError { try await client.query("SELECT pg_sleep(60)") }.kind == .timedOut)
        let sleep: SQL = "SELECT pg_sleep(60)"
        #expect(try await postgresError { try await client.atomically([sleep]) }.kind == .timedOut)
        #expect(
            try await postgresError { try await client.transaction { try await $0.query(sleep) } }.kind == .timedOut)
        #expect(try await client.query("SELECT pg_sleep(0.2)", timeout: .seconds(30)).count == 1)
    }

    @Test func `a call whose statement was not sent in its time is not sent at all`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url) { $0.outagePatience = .seconds(30) }
        try await client.query("CREATE TABLE t (n int8)")
        try await server.stop()
        let error = try await postgresError {
            try await client.query("INSERT INTO t VALUES (1)", timeout: .milliseconds(50))
        }
        #expect(error.isUnavailable)
        try await server.start()
        try await until("it is back") { (try? await client.ping()) != nil }
        let count = try await client.first("SELECT count(*) FROM t")?.decode(Int.self)
        #expect(error.isOutcomeUnknown || count == 0)
    }

    @Test func `a transaction's time holds for all of it, the wait for a connection included`() async throws {
        let client = try await makeClient { $0.transactionConnections = 1 }
        try await client.transaction { _ in
            let waiting = try await postgresError {
                try await client.transaction(timeout: .milliseconds(20)) { try await $0.query("SELECT 1") }
            }
            #expect(waiting.kind == .timedOut && !waiting.isOutcomeUnknown)
        }
        let error = try await postgresError {
            try await client.transaction(timeout: .milliseconds(100)) { transaction in
                while true { try await transaction.query("SELECT pg_sleep(0.01)") }
            }
        }
        #expect(error.kind == .timedOut && !error.isOutcomeUnknown)
        try await client.transaction { try await $0.query("SELECT 1") }
    }
}
