import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    @Test func `calls fail quickly while the server is away, and recover by themselves`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url) { $0.outagePatience = .milliseconds(200) }
        try await client.ping()
        try await server.kill()
        for _ in 0..<3 {
            let start = ContinuousClock.now
            #expect(try await postgresError { try await client.ping() }.isUnavailable)
            let error = try await postgresError { try await client.transaction { try await $0.query("SELECT 1") } }
            #expect(error.isUnavailable)
            #expect(ContinuousClock.now - start < .seconds(3))
        }
        try await server.start()
        try await eventually("it recovers") { (try? await client.ping()) != nil }
        try await client.transaction { try await $0.query("SELECT 1") }
    }

    @Test func `a statement whose connection is lost reports that its outcome is unknown`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url)
        let watcher = try await makeClient(server.url)
        let task = Task { try await client.query("SELECT pg_sleep(64)") }
        try await eventually("it runs") {
            try await watcher.first(
                "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(64)' AND state = 'active'") != nil
        }
        try await server.kill()
        let error = try await postgresError { _ = try await task.value }
        #expect(error.isConnectionLost && error.isOutcomeUnknown && error.isUnavailable)
    }

    @Test func `statements not yet sent wait for a short restart`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url) { $0.outagePatience = .seconds(20) }
        try await client.ping()
        try await server.stop()
        let waiting = (0..<20).map { number in
            Task { try await client.first("SELECT \(number)")?.decode(Int.self) }
        }
        try await server.start()
        for (number, task) in waiting.enumerated() {
            do {
                #expect(try await task.value == number)
            } catch let error as PostgresError {
                // Sent on a connection whose end had not been noticed.
                #expect(error.isOutcomeUnknown)
            }
        }
        try await client.ping()
    }

    @Test func `a transaction cut by an outage took no effect and says so`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url)
        try await client.query("CREATE TABLE t (n int8)")
        let error = try await postgresError {
            try await client.transaction { tx in
                try await tx.execute("INSERT INTO t VALUES (1)")
                try await server.kill()
                try await tx.execute("INSERT INTO t VALUES (2)")
            }
        }
        #expect(error.isUnavailable && !error.isOutcomeUnknown)
        try await server.start()
        try await eventually("it recovers") { (try? await client.ping()) != nil }
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 0)
    }

    @Test func `a server that fell silent is given up`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url) {
            $0.sharedConnections = 1
            $0.acquireTimeout = .milliseconds(300)
        }
        try await client.ping()
        try await server.freeze()
        // In flight on the frozen server; whoever waits is let go by cancelling.
        let stuck = Task { try await client.ping() }
        stuck.cancel()
        await #expect(throws: CancellationError.self) { try await stuck.value }
        try await server.thaw()
        try await client.ping()
    }

    @Test func `a connection string with several hosts finds the primary`() async throws {
        let server = try await TestPostgres.start()
        let nobody = try FreePort.find()
        let url =
            "postgres://postgres@127.0.0.1:\(nobody),127.0.0.1:\(server.port)/postgres?target_session_attrs=read-write"
        let client = try await makeClient(url)
        try await client.ping()
    }

    @Test func `a standby is left for the new primary`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url + "?target_session_attrs=read-write") { $0.sharedConnections = 1 }
        try await client.query("CREATE TABLE t (n int8)")
        let before = try await client.first("SELECT pg_backend_pid()")?.decode(Int.self)
        // What a demoted primary answers: read-only, for this session alone.
        try await client.query("SET default_transaction_read_only = on")
        let error = try await postgresError { try await client.execute("INSERT INTO t VALUES (1)") }
        #expect(error.isUnavailable)
        try await client.execute("INSERT INTO t VALUES (1)")
        let after = try await client.first("SELECT pg_backend_pid()")?.decode(Int.self)
        #expect(before != after)
    }

    @Test func `a terminated session is replaced`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url) { $0.sharedConnections = 1 }
        let other = try await makeClient(server.url) { $0.applicationName = "other" }
        try await client.ping()
        try await other.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'hiroba'")
        try await eventually("it has a new session") { (try? await client.ping()) != nil }
    }
}
