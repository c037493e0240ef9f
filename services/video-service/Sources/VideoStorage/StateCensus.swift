import Foundation
import Metrics
public import Postgres
import StorageKit

/// How much is in each state that should end, and how long the oldest of it has been there, for the metrics.
///
/// Whatever stays longer than its time has nobody who sees to it. Each replica asks for itself, so that none tells what is long gone.
public struct StateCensus: Sendable {
    /// What is counted.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Bytes on their way, of a video or of a part of one.
        case uploading, partial, direct
        /// What becomes one, of uploads or of numbered parts.
        case joining, completing
        /// Taken down, without an appeal that waits; since then. Reports and appeals that nobody has decided.
        case removed, appealed, reported
        /// Bytes that are to be removed.
        case abandoned
        /// Films that something is to be made of, or is being made; those that were given up.
        case queued, unprocessed
    }

    public struct Count: Sendable, Hashable {
        public var number: Int64
        /// Seconds.
        public var oldest: Double

        public init(_ number: Int64 = 0, oldest: Double = 0) {
            self.number = number
            self.oldest = oldest
        }
    }

    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// Fails: `unavailable`.
    public func measure() async throws {
        for (state, count) in try await counts() {
            Gauge(label: "video_states", dimensions: [("state", state.rawValue)]).record(count.number)
            Gauge(label: "video_state_oldest_seconds", dimensions: [("state", state.rawValue)]).record(count.oldest)
        }
    }

    /// Of every state, those with nothing in them too. Fails: `unavailable`.
    public func counts() async throws -> [State: Count] {
        var counts = Dictionary(uniqueKeysWithValues: State.allCases.map { ($0, Count()) })
        let rows = try await fromPostgres {
            try await database.query(Self.question).decode((String, Int64, Double?).self)
        }
        for (name, number, oldest) in rows {
            guard let state = State(rawValue: name) else { continue }
            counts[state] = Count(number, oldest: max(0, oldest ?? 0))
        }
        return counts
    }

    private static let question: SQL = """
        SELECT state, count(*), EXTRACT(EPOCH FROM clock_timestamp() - min(since))::float8 FROM (
            SELECT state, created_at AS since FROM uploads WHERE state <> 'finished'
            UNION ALL
            SELECT CASE appeal_state WHEN 'open' THEN 'appealed' ELSE 'removed' END, COALESCE(appealed_at, removed_at)
            FROM video_removals
            UNION ALL
            SELECT 'reported', reported_at FROM video_reports WHERE decision IS NULL
            UNION ALL
            SELECT 'abandoned', noted_at FROM abandoned_media
            UNION ALL
            SELECT 'queued', queued_at FROM processing_jobs WHERE state = 'queued'
            UNION ALL
            SELECT 'unprocessed', ended_at FROM processing_jobs WHERE state = 'failed'
        ) AS states GROUP BY state
        """
}
