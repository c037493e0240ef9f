import DomainKit
import PlatformTesting
import Postgres
import StorageKit
import Testing

@Suite struct KnownRowsTests {
    private enum Kind: String { case old, present }

    private func page(limit: Int) async throws -> Page<Kind> {
        let database = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        return try await database.closing {
            let rows = try await database.query(
                """
                SELECT kind FROM (VALUES (1, 'old'), (2, 'of tomorrow'), (3, 'present')) AS t (n, kind)
                ORDER BY n LIMIT \(limit + 1)
                """)
            return try knownRows(
                rows, PageRequest(limit: limit), key: { Cursor([try $0["kind", as: String.self]]) },
                read: { known(try $0["kind", as: String.self]) })
        }
    }

    @Test func `a row this version does not know costs itself and not the page`() async throws {
        let all = try await page(limit: 3)
        #expect(all.items == [.old, .present] && all.next == nil)
    }

    @Test func `a page that ends with such a row goes on behind it`() async throws {
        let first = try await page(limit: 2)
        #expect(first.items == [.old] && first.next?.parts == ["of tomorrow"])
    }
}
