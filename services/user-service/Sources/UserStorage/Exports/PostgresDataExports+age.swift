import Metrics
import Postgres
import StorageKit
import UserDomain

/// What the metrics are told of exports: `data_exports_ended_total` by what became of them (`ready`, `out-of-time`, `too-large`), and
/// for how long the oldest one has been put together that is not ready, `data_exports_oldest_seconds`.
extension PostgresDataExports {
    /// Counts those whose time was over since the last call, each once whichever replica is called, and measures.
    ///
    /// Fails: unavailable.
    public func measure() async throws {
        let (late, seconds) = try await fromPostgres {
            let late = try await database.execute(
                """
                UPDATE data_exports SET failure = \(DataExport.Reason.outOfTime.rawValue)
                WHERE ready_at IS NULL AND failure IS NULL AND fails_at <= now()
                """)
            let seconds = try await database.first(
                """
                SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM data_exports
                WHERE ready_at IS NULL AND fails_at > now()
                """)?.decode(Double.self)
            return (late, seconds)
        }
        Self.count(DataExport.Reason.outOfTime.rawValue, late)
        Self.oldest.record(max(0, seconds ?? 0))
    }

    static func count(_ outcome: String, _ exports: Int = 1) {
        guard exports > 0 else { return }
        Counter(label: "data_exports_ended_total", dimensions: [("outcome", outcome)]).increment(by: exports)
    }

    private static let oldest = Gauge(label: "data_exports_oldest_seconds")
}
