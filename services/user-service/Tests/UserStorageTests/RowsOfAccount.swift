import Postgres
import Testing

/// The rows that have these words in them somewhere, as text or as bytes, by the table they are in.
func rows(with words: String, in database: PostgresClient) async throws -> [String: [String]] {
    let tables = try await database.query(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ).decode(String.self)
    var found: [String: [String]] = [:]
    for table in tables {
        try #require(table.allSatisfy { $0.isLowercase || $0 == "_" })
        let rows = try await database.query(
            """
            SELECT t::text FROM \(sql: SQL(stringLiteral: table)) t
            WHERE strpos(t::text, \(words)) > 0
               OR strpos(t::text, encode(convert_to(\(words), 'UTF8'), 'hex')) > 0 ORDER BY 1
            """
        ).decode(String.self)
        if !rows.isEmpty { found[table] = rows }
    }
    return found
}
