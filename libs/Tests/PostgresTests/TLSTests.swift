import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    @Test func `statements travel encrypted to a server we trust, and to no other`() async throws {
        let certificate = try TestCertificate(address: "127.0.0.1")
        let stranger = try TestCertificate(address: "127.0.0.1")
        let server = try await TestPostgres.start(certificate: certificate)
        let client = try await makeClient(server.url + "?sslmode=verify-full&sslrootcert=\(certificate.file)")
        let isEncrypted = try await client.first("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        #expect(try isEncrypted?.decode(Bool.self) == true)
        for authority in [stranger.file, stranger.file + ".none"] {
            let refused = try await makeClient(server.url + "?sslmode=verify-full&sslrootcert=\(authority)")
            #expect(try await postgresError { try await refused.ping() }.isUnavailable)
        }
    }

    @Test func `a server with another's name is not trusted`() async throws {
        let certificate = try TestCertificate(address: "127.0.0.2")
        let server = try await TestPostgres.start(certificate: certificate)
        let client = try await makeClient(server.url + "?sslmode=verify-full&sslrootcert=\(certificate.file)")
        #expect(try await postgresError { try await client.ping() }.isUnavailable)
    }

    @Test func `a server that cannot encrypt is refused when that is asked for`() async throws {
        let url = try await TestPostgres.database()
        let client = try await makeClient(url + "?sslmode=require")
        #expect(try await postgresError { try await client.ping() }.isUnavailable)
    }

    /// The library below keeps decrypted bytes that no socket tells of.
    @Test func `answers of every length arrive whole through the encryption`() async throws {
        let server = try await TestPostgres.start(certificate: try TestCertificate(address: "127.0.0.1"))
        let client = try await makeClient(server.url + "?sslmode=require") { $0.sharedConnections = 1 }
        for length in stride(from: 1, through: 140_000, by: 1_021) {
            let text = try await client.first("SELECT repeat('x', \(length)::int)")?.decode(String.self)
            #expect(text?.utf8.count == length)
        }
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for number in 0..<500 {
                group.addTask {
                    try await client.first("SELECT repeat('x', \(number * 97)::int)")?.decode(String.self).utf8.count
                }
            }
            var lengths: [Int?] = []
            for try await length in group { lengths.append(length) }
            #expect(Set(lengths) == Set((0..<500).map { $0 * 97 }))
        }
    }
}
