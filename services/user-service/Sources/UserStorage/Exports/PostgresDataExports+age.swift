import Metrics
import Postgres
import StorageKit

extension PostgresDataExports {
    /// Tells the metrics for how long the oldest export has been put together that is not ready: `data_exports_oldest_seconds`.
    ///
    /// Fails: unavailable.
    public func measure() async throws {
        let seconds = try await fromPostgres {
            try await database.first(
                """
                SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM data_exports
                WHERE ready_at IS NULL AND fails_at > now()
                """)?.decode(Double.self)
        }
        Self.oldest.record(max(0, seconds ?? 0))
    }

    private static let oldest = Gauge(label: "data_exports_oldest_seconds")
}
