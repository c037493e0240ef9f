import DomainKit
import Foundation
public import Postgres
import StorageKit
import VideoDomain

/// The bytes of videos that are taken down and that somebody may still have a link to, as all replicas are told of them.
public struct RecentRemovals: Sendable {
    /// What is told on it has no content: whoever hears it looks.
    static let channel = "videos_taken_down"

    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// The keys of those taken down within the last hour: no link lives longer than five minutes, and clocks may differ. Fails:
    /// `unavailable`.
    public func keys() async throws -> Set<String> {
        try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT videos.id FROM video_removals JOIN videos ON videos.id = video_removals.video_id
                WHERE removed_at > clock_timestamp() - interval '1 hour' AND state = 'removed'
                """)
            return Set(try rows.map { MediaKey(of: VideoID(try $0.decode(UUID.self))).text })
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
}
