import Foundation
import PlatformTesting
import Testing

@testable import Postgres

/// Whatever a server can send is a value or an error, never the end of the process.
@Suite struct ExtremeValuesTests {
    @Test(arguments: [
        "'infinity'::timestamptz", "'-infinity'::timestamptz", "'294276-12-31 23:59:59.999999Z'::timestamptz",
        "'4714-11-24 00:00:00Z BC'::timestamptz", "'infinity'::timestamp", "'-infinity'::timestamp",
        "'294276-12-31'::timestamp", "'4714-11-24 BC'::timestamp", "'infinity'::date", "'-infinity'::date",
        "'5874897-12-31'::date", "'4714-11-24 BC'::date",
    ])
    func `dates at the ends of the calendar are read`(text: String) async throws {
        let client = try await makeClient()
        let row = try #require(
            try await client.first("SELECT \(sql: SQL(raw: text)) AS d, \(sql: SQL(raw: text)) < now() AS isPast"))
        let (date, isPast) = try row.decode((Date, Bool).self)
        #expect((date < .now) == isPast)
        if text.contains("'infinity") { #expect(date == .distantFuture) }
        if text.contains("-infinity") { #expect(date == .distantPast) }
    }

    @Test func `dates beyond the server's range are its error, and one that is no number is refused`() async throws {
        let client = try await makeClient()
        for seconds in [Double.infinity, -.infinity] {
            let date = Date(timeIntervalSinceReferenceDate: seconds)
            #expect(try await client.first("SELECT isfinite(\(date))")?.decode(Bool.self) == false)
        }
        let nonsense = Date(timeIntervalSinceReferenceDate: .nan)
        #expect(try await postgresError { try await client.query("SELECT \(nonsense)") }.kind == .encoding)
        #expect(try await postgresError { try await client.query("SELECT \([nonsense])") }.kind == .encoding)
        let late = Date(timeIntervalSince1970: 9_223_371_400_000)
        _ = try? await client.query("SELECT \(late)")
        try await client.ping()
    }

    @Test(arguments: ["-9223372036854775808", "9223372036854775807", "9223372036854775808", "-32769", "1e400", "0"])
    func `whole numbers that do not fit are an error`(text: String) async throws {
        let client = try await makeClient()
        let row = try #require(try await client.first("SELECT \(sql: SQL(raw: text))::numeric AS n"))
        #expect((try? row["n", as: Int.self]) == Int(text))
        #expect((try? row["n", as: Int16.self]) == Int16(text))
        #expect((try? row["n", as: Int64.self]) == Int64(text))
        #expect(throws: Never.self) { try row["n", as: Double.self] }
    }

    @Test(arguments: ["'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float8", "1e308::float8"])
    func `numbers that are none, or have no end, are read as such`(text: String) async throws {
        let client = try await makeClient()
        let row = try #require(try await client.first("SELECT \(sql: SQL(raw: text)) AS n"))
        #expect(throws: Never.self) { try row["n", as: Double.self] }
        #expect(throws: Never.self) { try row["n", as: Float.self] }
        #expect(throws: PostgresError.self) { try row["n", as: Int.self] }
    }

    @Test(arguments: ["'NaN'::numeric", "'infinity'::numeric"])
    func `a numeric without digits does not fit`(text: String) async throws {
        let client = try await makeClient()
        let row = try #require(try await client.first("SELECT \(sql: SQL(raw: text)) AS n"))
        #expect(throws: PostgresError.self) { try row["n", as: Int.self] }
    }

    /// Fields of 16 bits: count of digits, weight, sign, scale, digits.
    @Test(
        arguments: [
            [-1, 0, 0, 0], [.min, 0, 0, 0], [1, 0, 0, -1, 5], [1, 0, 0, .min, 5], [1, 0, 0, 0, 10_000],
            [1, 0, 0, 0, .min], [1, .max, 0, .max, 1], [1, .min, 0, .max, 1], [.max, 0, 0, 0], [],
        ] as [[Int16]])
    func `malformed numbers are an error`(fields: [Int16]) {
        let bytes = fields.flatMap { field in [UInt8(truncatingIfNeeded: field >> 8), UInt8(truncatingIfNeeded: field)]
        }
        bytes.withUnsafeBytes { bytes in
            var reader = PostgresReader(bytes)
            let number = PostgresNumeric(&reader)
            #expect(number == nil || fields[1] == .max || fields[1] == .min)
        }
    }

    /// Fields of 32 bits: dimensions, has-null flag, element's type, length, lower bound, then elements.
    @Test(
        arguments: [
            [1, 0, 20, -1, 1], [1, 0, 20, .min, 1], [1, 0, 20, .max, 1], [1, 0, 20, 1, 1, 9], [1, 0, 20, 1, 1, .max],
            [1, 0, 20, 2, 1, -1], [.max, 0, 20], [-1, 0, 20, 1, 1],
        ] as [[Int32]])
    func `malformed arrays are an error`(fields: [Int32]) async throws {
        let bytes = fields.flatMap { field in
            (0..<4).map { UInt8(truncatingIfNeeded: field >> Int32(24 - 8 * $0)) }
        }
        let rows = try await makeClient().query("SELECT 1 AS n")
        #expect(throws: PostgresError.self) {
            try bytes.withUnsafeBytes { bytes throws in
                let cell = PostgresCell(bytes: bytes, type: .int8Array, source: rows.result, column: 0)
                _ = try [Int?](from: cell)
            }
        }
    }
}
