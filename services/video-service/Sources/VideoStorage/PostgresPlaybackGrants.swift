public import DomainKit
public import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Who plays what, in PostgreSQL.
public struct PostgresPlaybackGrants: PlaybackGrants {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func grant(_ video: VideoID, to viewer: Viewer, until expiry: Date) async throws -> UUID {
        let session = viewer.sessionID ?? UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        return try await fromPostgres(constraints: ["playback_grants_video_id_fkey": .videoNotFound]) {
            let row = try await database.first(
                """
                INSERT INTO playback_grants AS known (id, video_id, user_id, session_id, epoch, expires_at)
                VALUES (\(UUID()), \(video.uuid), \(viewer.id.uuid), \(session), \(viewer.epoch), \(expiry))
                ON CONFLICT (video_id, user_id, session_id, epoch) DO UPDATE SET
                    -- What was over is another one: addresses that were handed out then stay over.
                    id = CASE WHEN \(sql: Self.counts("known")) THEN known.id ELSE excluded.id END,
                    confirmed_at = clock_timestamp(), expires_at = GREATEST(known.expires_at, excluded.expires_at)
                RETURNING id
                """)
            guard let row else { throw Failure.videoNotFound }
            return try row.decode(UUID.self)
        }
    }

    /// A row is written every ten minutes of watching, and read in between.
    public func confirm(_ grant: UUID) async throws -> Bool {
        try await fromPostgres {
            let row = try await database.first(
                """
                WITH found AS (
                    SELECT id, confirmed_at < clock_timestamp() - interval '10 minutes' AS is_due FROM playback_grants
                    WHERE id = \(grant) AND \(sql: Self.counts("playback_grants"))
                ), confirmed AS (
                    UPDATE playback_grants SET confirmed_at = clock_timestamp() FROM found
                    WHERE playback_grants.id = found.id AND is_due
                )
                SELECT 1 FROM found
                """)
            return row != nil
        }
    }

    public func removeOver(limit: Int) async throws -> Int {
        try await fromPostgres {
            try await database.execute(
                """
                DELETE FROM playback_grants WHERE id IN (
                    SELECT id FROM playback_grants WHERE expires_at <= clock_timestamp() ORDER BY expires_at LIMIT \(limit))
                """)
        }
    }

    private static func counts(_ table: SQL) -> SQL {
        """
        \(sql: table).expires_at > clock_timestamp() AND \(sql: table).confirmed_at >
            clock_timestamp() - make_interval(secs => \(PlaybackGrant.patience / .seconds(1)))
        """
    }
}
