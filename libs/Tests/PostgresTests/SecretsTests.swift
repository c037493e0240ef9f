import Foundation
import Logging
import PlatformTesting
import Testing

@testable import Postgres

/// No part of a connection string is in an error, a log or a description.
@Suite(.timeLimit(.minutes(1))) struct SecretsTests {
    private static let marks = ["s3cr3thost", "s3cr3tuser", "s3cr3tword", "s3cr3tbase", "s3cr3tfile", "s3cr3toption"]

    private static func strings() async throws -> [String] {
        let server = try await TestPostgres.start()
        let (open, closed) = (server.port, try FreePort.find())
        return [
            "postgres://s3cr3tuser:s3cr3tword@s3cr3thost.invalid/s3cr3tbase",
            "postgres://s3cr3tuser:s3cr3tword@127.0.0.1:\(closed)/s3cr3tbase",
            "postgres://s3cr3tuser:s3cr3tword@127.0.0.1:\(open)/s3cr3tbase",
            "postgres://postgres:s3cr3tword@127.0.0.1:\(open)/s3cr3tbase",
            "postgres://postgres@127.0.0.1:\(open)/postgres?sslmode=verify-full&sslrootcert=/s3cr3tfile",
            "postgres://postgres@127.0.0.1:\(open)/postgres?sslmode=require&sslcert=/s3cr3tfile",
            "postgres://postgres@127.0.0.1:\(open)/postgres?options=-c%20s3cr3toption%3D1",
            "postgres://s3cr3tuser@/s3cr3tbase?host=/s3cr3tfile",
            "postgres://s3cr3tuser:s3cr3tword@s3cr3thost/s3cr3tbase?s3cr3toption=1",
            "postgres://s3cr3tuser:s3cr3tword@s3cr3thost:s3cr3tbase", "host=s3cr3thost s3cr3tword", "s3cr3thost",
            "postgres://s3cr3tuser:s3cr3tword%zz@s3cr3thost/", "postgres://s3cr3tuser:s3cr3tword@[s3cr3thost/",
        ]
    }

    @Test func `no part of a connection string is told`() async throws {
        for string in try await Self.strings() {
            let lines = LogLines()
            var configuration = PostgresConfiguration(connectionString: string)
            configuration.outagePatience = .milliseconds(50)
            let client = PostgresClient(configuration, logger: lines.logger)
            let error = try await postgresError { try await client.ping() }
            let other = try await postgresError { try await client.transaction { try await $0.query("SELECT 1") } }
            var dumped = ""
            dump(client, to: &dumped)
            dump(configuration, to: &dumped)
            dump(error, to: &dumped)
            let told =
                lines.all + ["\(error)", "\(other)", "\(configuration)", String(reflecting: configuration), dumped]
            for mark in Self.marks {
                #expect(!told.contains { $0.contains(mark) }, "\(mark) of \(string): \(error)")
            }
            await client.close()
        }
    }

    @Test func `what went wrong is told all the same`() {
        let text = """
            connection to server at "db.example" (10.0.0.1), port 5432 failed: FATAL:  password authentication failed
            for user "app"
            connection to server at "db2.example" (10.0.0.2), port 5432 failed: Connection refused
            """
        #expect(FailureReason.words(for: text) == "connection refused; the server refuses the credentials")
        #expect(FailureReason.words(for: "zzz") == "the connection failed")
    }
}
