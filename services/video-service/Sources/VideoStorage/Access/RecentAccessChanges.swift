import DomainKit
import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Which videos changed in who may watch them while somebody may still have a link, as all replicas are told of it: taken down or
/// put back, deleted, made visible to others than before, shared with somebody no more.
public struct RecentAccessChanges: Sendable {
    /// What is told on it has no content: whoever hears it looks.
    private static let channel = "video_access"

    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// By key, those of the last hour: no link lives longer than five minutes, and clocks may differ. Fails: `unavailable`.
    public func all() async throws -> [String: AccessChange] {
        try await fromPostgres {
            // Numbers of changes are not in the order in which they became visible: all of them together tell of each new one.
            let rows = try await database.query(
                """
                SELECT video_id, mark, videos.state IS NOT DISTINCT FROM 'ready' FROM (
                    SELECT video_id, hashtextextended(string_agg(change::text, ',' ORDER BY change), 0) AS mark
                    FROM video_access_changes WHERE at > clock_timestamp() - interval '1 hour' GROUP BY video_id
                ) AS changes LEFT JOIN videos ON videos.id = video_id
                """)
            return Dictionary(
                try rows.map { row in
                    let (video, mark, isReady) = try row.decode((UUID, Int64, Bool).self)
                    return (MediaKey(of: VideoID(video)).text, AccessChange(mark: mark, isClosed: !isReady))
                }, uniquingKeysWith: { $1 })
        }
    }

    /// Something may have changed: once one listens, after each change, and when one could not listen for a while.
    public func changes() -> AsyncStream<Void> {
        let notifications = database.notifications(on: Self.channel)
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listening = Task {
            for await _ in notifications { signal.yield() }
            signal.finish()
        }
        signal.onTermination = { _ in listening.cancel() }
        return stream
    }

    /// Removes what counts no more. Fails: `unavailable`.
    public func sweep() async throws {
        try await fromPostgres {
            _ = try await database.execute(
                "DELETE FROM video_access_changes WHERE at < clock_timestamp() - interval '2 hours'")
        }
    }
}
