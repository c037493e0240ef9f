import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct SQLTests {
    @Test func `interpolated values become binds`() {
        let name = "'; DROP TABLE rooms; --"
        let sql: SQL = "SELECT * FROM rooms WHERE name = \(name) AND n = \(7)"
        #expect(sql.text == "SELECT * FROM rooms WHERE name = $1 AND n = $2")
    }

    @Test func `nested fragments number their binds on`() async throws {
        let inner: SQL = "b = \(2) OR c = \("$1")"
        let sql: SQL = "a = \(1) AND (\(sql: inner)) AND d = \(4)"
        #expect(sql.text == "a = $1 AND (b = $2 OR c = $3) AND d = $4")
        let client = try await makeClient()
        let row = try await client.first("SELECT \(1), \(sql: "\(2), \("three")::text"), \(4)")
        let values = try #require(try row?.decode((Int, Int, String, Int).self))
        #expect(values == (1, 2, "three", 4))
    }

    @Test func `identifiers are quoted`() {
        let sql: SQL = "LISTEN \(identifier: #"a"b"#)"
        #expect(sql.text == #"LISTEN "a""b""#)
    }

    @Test func `text with U+0000 is refused before it is sent`() async throws {
        let client = try await makeClient()
        let error = try await postgresError { try await client.query("SELECT \("a\0b")::text") }
        #expect(error.kind == .encoding)
    }
}
