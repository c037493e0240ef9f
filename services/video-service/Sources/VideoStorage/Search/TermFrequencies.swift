public import Postgres
import StorageKit
import Synchronization

/// The sample that a replica's searches go by, taken anew now and then.
///
/// Without one - before the first, or as long as there are videos whose terms are of a former form - all go the way that is right for
/// every word and best for none.
public final class TermFrequencies: Sendable {
    private let held = Mutex<TermSample?>(nil)

    public init() {}

    var sample: TermSample? { held.withLock { $0 } }

    /// Some 150 ms of PostgreSQL. Fails: `unavailable`; the former sample stays.
    public func refresh(from database: PostgresClient) async throws {
        let rows = try await fromPostgres {
            try await database.query(Self.question).decode((Int64, String, Int64).self)
        }
        let counts = Dictionary(rows.map { ($0.1, Int($0.2)) }) { first, _ in first }
        let sample = rows.first.map { TermSample(videos: Int($0.0), counts: counts) }
        held.withLock { $0 = sample }
    }

    /// Bounded by terms too: a video whose description is full has thousands of them.
    private static let question: SQL = """
        WITH newest AS (
            SELECT search_terms, created_at, id FROM videos WHERE \(sql: VisibilityRule.isListedForAll)
            ORDER BY created_at DESC, id DESC LIMIT \(TermSample.size)
        ), counted AS (
            SELECT search_terms, sum(cardinality(search_terms)) OVER (ORDER BY created_at DESC, id DESC) AS terms FROM newest
        ), sample AS MATERIALIZED (
            SELECT search_terms FROM counted
            WHERE terms <= 1000000 AND NOT EXISTS (SELECT FROM videos WHERE search_form IS NULL)
        )
        SELECT (SELECT count(*) FROM sample), term, count(*) FROM sample, unnest(search_terms) AS term
        GROUP BY term HAVING count(*) >= \(TermSample.fewest) ORDER BY count(*) DESC LIMIT 20000
        """
}
