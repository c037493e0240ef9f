import Foundation
import PlatformTesting
import Postgres
import Testing

@Suite struct QueryTests {
    @Test func `binds and decodes every supported type`() async throws {
        let client = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        let id = UUID()
        let row = try #require(
            try await client.first(
                """
                SELECT \(true), \(Int16(-2)), \(Int32(-3)), \(Int64.min), \(42), \(1.5), \("héllo")::text, \(id),
                    \(Date(timeIntervalSince1970: 1.25)), \(Data([0, 1, 255])), \(String?.none)::text
                """))
        let values = try row.decode(
            (Bool, Int16, Int32, Int64, Int, Double, String, UUID, Date, Data, String?).self)
        #expect(values.0 && values.1 == -2 && values.2 == -3 && values.3 == .min && values.4 == 42 && values.5 == 1.5)
        #expect(values.6 == "héllo" && values.7 == id && values.8 == Date(timeIntervalSince1970: 1.25))
        #expect(values.9 == Data([0, 1, 255]) && values.10 == nil)
    }

    @Test func `a transaction commits what its closure did`() async throws {
        let client = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        try await client.query("CREATE TABLE t (n int8)")
        try await client.transaction { tx in
            try await tx.execute("INSERT INTO t VALUES (\(1))")
            try await tx.execute("INSERT INTO t VALUES (\(2))")
        }
        let sum = try await client.query("SELECT sum(n) FROM t").first?.decode(Int.self)
        #expect(sum == 3)
    }
}
