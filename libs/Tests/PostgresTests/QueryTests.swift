import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct QueryTests {
    @Test func `binds and decodes every supported type`() async throws {
        let client = try await makeClient()
        let id = UUID()
        let nothing: String? = nil
        let row = try #require(
            try await client.first(
                """
                SELECT \(true), \(Int16(-2)), \(Int32(-3)), \(Int64.min), \(42), \(1.5), \("héllo")::text, \(id),
                    \(Date(timeIntervalSince1970: 1.25)), \(Data([0, 1, 255])), \(nothing)::text
                """))
        let values = try row.decode((Bool, Int16, Int32, Int64, Int, Double, String, UUID, Date, Data, String?).self)
        #expect(values.0 && values.1 == -2 && values.2 == -3 && values.3 == .min && values.4 == 42 && values.5 == 1.5)
        #expect(values.6 == "héllo" && values.7 == id && values.8 == Date(timeIntervalSince1970: 1.25))
        #expect(values.9 == Data([0, 1, 255]) && values.10 == nil)
    }

    @Test func `binds and decodes arrays, empty ones and with NULLs`() async throws {
        let client = try await makeClient()
        let ids = [UUID(), UUID()]
        let words: [String?] = ["a", nil, ""]
        let row = try #require(try await client.first("SELECT \(ids), \(words), \([Int]()), \([1, -1])"))
        let values = try row.decode(([UUID], [String?], [Int], [Int64]).self)
        #expect(values.0 == ids && values.1 == words && values.2.isEmpty && values.3 == [1, -1])
        let count = try await client.first("SELECT count(*) FROM generate_series(1, 9) n WHERE n = ANY(\([2, 4]))")
        #expect(try count?.decode(Int.self) == 2)
    }

    @Test func `empty text and bytes are not NULL`() async throws {
        let client = try await makeClient()
        let row = try await client.first("SELECT \("")::text, \(Data())")
        let values = try #require(try row?.decode((String?, Data?).self))
        #expect(values.0?.isEmpty == true && values.1?.isEmpty == true)
    }

    @Test func `text fits JSON and enum columns, and comes back from them`() async throws {
        let client = try await makeClient()
        try await client.query("CREATE TYPE mood AS ENUM ('sad', 'glad')")
        try await client.query("CREATE TABLE t (m mood, j jsonb, k json)")
        try await client.execute("INSERT INTO t VALUES (\("glad"), \(#"{"a": 1}"#), \("[1]"))")
        let values = try #require(try await client.first("SELECT m, j, k FROM t")?.decode((String, String, Data).self))
        #expect(values == ("glad", #"{"a": 1}"#, Data("[1]".utf8)))
    }

    @Test(arguments: ["0", "1", "-12345.0678", "0.0001", "10000", "99999999999999999999.5", "0.10", "-0.5", "1e20"])
    func `numeric is read to the last digit`(number: String) async throws {
        let client = try await makeClient()
        let row = try await client.first("SELECT n, n::text FROM (SELECT \(number)::numeric AS n) t")
        let (read, written) = try #require(try row?.decode((String, String).self))
        #expect(read == written)
    }

    @Test func `times keep their microseconds, and infinity is the distant future`() async throws {
        let client = try await makeClient()
        let row = try await client.first(
            "SELECT '2026-11-23 08:15:30.042001Z'::timestamptz, '1970-01-02'::date, 'infinity'::timestamptz")
        let values = try #require(try row?.decode((Date, Date, Date).self))
        #expect(abs(values.0.timeIntervalSince1970 - 1_795_421_730.042001) < 0.000001)
        #expect(values.1 == Date(timeIntervalSince1970: 86_400) && values.2 == .distantFuture)
    }

    @Test func `columns are found by name, and counts tell what was changed`() async throws {
        let client = try await makeClient()
        try await client.query("CREATE TABLE t (n int8, name text)")
        #expect(try await client.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')") == 2)
        let rows = try await client.query("SELECT n, name FROM t ORDER BY n")
        #expect(rows.columns == ["n", "name"])
        #expect(try rows.map { try $0["name", as: String.self] } == ["a", "b"])
        #expect(try rows.decode((Int, String).self).map(\.0) == [1, 2])
    }

    @Test func `a value that does not fit is an error naming the column`() async throws {
        let client = try await makeClient()
        let row = try #require(try await client.first("SELECT 300000 AS big, NULL::text AS gone, 'x'::text AS word"))
        for message in try [
            #require(throws: PostgresError.self) { try row["big", as: Int16.self] }.message,
            #require(throws: PostgresError.self) { try row["big", as: String.self] }.message,
        ] { #expect(message.contains("big")) }
        #expect(throws: PostgresError.self) { try row["gone", as: String.self] }
        #expect(throws: PostgresError.self) { try row["word", as: UUID.self] }
        #expect(throws: PostgresError.self) { try row["nowhere", as: String.self] }
        #expect(throws: PostgresError.self) { try row.decode((Int, String?).self) }
    }

    @Test func `a broken constraint is named`() async throws {
        let client = try await makeClient()
        try await client.query("CREATE TABLE t (n int8 CONSTRAINT only_once UNIQUE)")
        try await client.execute("INSERT INTO t VALUES (1)")
        let error = try await postgresError { try await client.execute("INSERT INTO t VALUES (1)") }
        #expect(error.isUniqueViolation && error.constraint == "only_once" && error.table == "t")
        #expect(!error.isUnavailable && !error.isOutcomeUnknown)
    }

    @Test func `a malformed connection string fails every call at once`() async throws {
        let client = try await makeClient("postgres://[")
        #expect(try await postgresError { try await client.ping() }.kind == .usage)
        #expect(
            try await postgresError { try await client.transaction { try await $0.query("SELECT 1") } }.kind == .usage)
    }
}
