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
        try await until("it recovers") { (try? await client.ping()) != nil }
        try await client.transaction { try await $0.query("SELECT 1") }
    }

    @Test func `the log says once that the server is away, and once that it is back`() async throws {
        let server = try await TestPostgres.start()
        let lines = LogLines()
        var configuration = PostgresConfiguration(connectionString: server.url)
        (configuration.outagePatience, configuration.sharedConnections) = (.milliseconds(200), 1)
        let client = PostgresClient(configuration, logger: lines.logger)
        try await client.ping()
        try await server.kill()
        // Each of these is several tries.
        for _ in 0..<3 { #expect(try await postgresError { try await client.ping() }.isUnavailable) }
        try await server.start()
        try await until("it recovers") { (try? await client.ping()) != nil }
        await client.close()
        let told = lines.all.filter { $0.hasPrefix("PostgreSQL") }
        #expect(told.map { $0.prefix(17) } == ["PostgreSQL cannot", "PostgreSQL is bac"], "\(told)")
    }

    @Test func `a statement whose connection is lost reports that its outcome is unknown`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url)
        let watcher = try await makeClient(server.url)
        let task = Task { try await client.query("SELECT pg_sleep(64)") }
        try await until("it runs") {
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
        try await until("it recovers") { (try? await client.ping()) != nil }
        #expect(try await client.first("SELECT count(*) FROM t")?.decode(Int.self) == 0)
    }

    /// Nothing but the silence can end these calls: no time-out of theirs, of statements or of waiting is set, or none
    /// that this test would live to see.
    @Test func `a server that fell silent is given up, with all that is under way or queued behind`() async throws {
        let server = try await TestPostgres.start()
        let client = try await makeClient(server.url) {
            ($0.sharedConnections, $0.pipelineDepth) = (2, 2)
            ($0.statementTimeout, $0.acquireTimeout) = (nil, .seconds(3_600))
            $0.silenceTimeout = .milliseconds(100)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await client.query("SELECT pg_sleep(0.01)") } }
            try await group.waitForAll()
        }
        let stop = try await postgresError {
            try await client.transaction { transaction in
                try await transaction.query("SELECT 1")
                try await server.freeze()
                let calls = (0..<20).map { _ in Task { try await postgresError { try await client.ping() } } }
                #expect(try await postgresError { try await transaction.query("SELECT 1") }.isUnavailable)
                var errors: [PostgresError] = []
                for call in calls { errors.append(try await call.value) }
                #expect(errors.count { $0.isUnavailable } == calls.count)
                // Those that were under way, and those that were not sent yet.
                let unknown = errors.count { $0.isOutcomeUnknown }
                #expect(unknown > 0 && unknown < calls.count)
                throw PostgresError(.usage, "enough")
            }
        }
        #expect(stop.message == "enough")
        try await server.thaw()
        try await until("it is back") { (try? await client.ping()) != nil }
    }

    @Test func `a long statement is not taken for silence`() async throws {
        let client = try await makeClient(try await TestPostgres.database()) {
            $0.silenceTimeout = .milliseconds(20)
        }
        #expect(try await client.query("SELECT pg_sleep(0.5)").count == 1)
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
        // What a demoted primary answers: read-only, for this session alone. Behind a function, as a statement that says
        // so has its connection closed.
        try await client.query(
            """
            CREATE FUNCTION demote() RETURNS text LANGUAGE sql AS
                $$ SELECT set_config('default_transaction_read_only', 'on', false) $$
            """)
        let before = try await client.first("SELECT pg_backend_pid()")?.decode(Int.self)
        try await client.query("SELECT demote()")
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
        try await until("it has a new session") { (try? await client.ping()) != nil }
    }
}
