import DomainKit
import Foundation
import Postgres
import VideoDomain

/// The SQL of uploads, and how a row becomes one. Leases run by the database's clock, the one all replicas share.
enum UploadQueries {
    static let columns: SQL = """
        id, video_id, owner_id, media_key, media_handle, size, received, state, metadata, created_at, expires_at,
        COALESCE(lease_until > clock_timestamp(), FALSE)
        """

    /// Nobody is writing.
    private static let isFree: SQL = "(lease_until IS NULL OR lease_until <= clock_timestamp())"

    static func insert(_ upload: Upload) -> SQL {
        """
        INSERT INTO uploads (id, video_id, owner_id, media_key, media_handle, size, received, state, metadata,
            created_at, expires_at)
        VALUES (\(upload.id.uuid), \(upload.videoID.uuid), \(upload.ownerID.uuid), \(upload.media.key.text),
            \(upload.media.handle), \(upload.size), \(upload.received), \(upload.state.rawValue), \(upload.metadata),
            \(upload.createdAt), \(upload.expiresAt))
        """
    }

    static func find(_ id: UploadID, of owner: UserID) -> SQL {
        "SELECT \(sql: columns) FROM uploads WHERE id = \(id.uuid) AND owner_id = \(owner.uuid)"
    }

    static func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) -> SQL {
        """
        UPDATE uploads SET lease_token = \(lease.token), lease_until = \(sql: end(of: lease))
        WHERE id = \(id.uuid) AND owner_id = \(owner.uuid) AND received = \(offset)
            AND \(sql: isFree)
        RETURNING \(sql: columns)
        """
    }

    static func record(
        _ received: Int64, of id: UploadID, _ lease: Lease, expiresAt: Date, releasing: Bool
    ) -> SQL {
        let next: SQL = releasing ? "NULL" : end(of: lease)
        return """
            UPDATE uploads SET received = \(received), expires_at = \(expiresAt), lease_until = \(sql: next)
            WHERE id = \(id.uuid) AND lease_token = \(lease.token) AND lease_until IS NOT NULL
            """
    }

    /// Both rows at once, the video's only the first time.
    static func finish(_ id: UploadID, at time: Date) -> SQL {
        """
        WITH upload AS (
            UPDATE uploads SET state = 'finished' WHERE id = \(id.uuid) AND received = size
            RETURNING \(sql: columns)
        ), video AS (
            UPDATE videos SET state = 'ready', updated_at = \(time), version = version + 1
            WHERE id = (SELECT video_id FROM upload) AND state = 'uploading'
        )
        SELECT * FROM upload
        """
    }

    /// An unfinished upload takes its video along and leaves a note on its bytes; a finished one just goes.
    static func remove(_ id: UploadID, expiredAt: Date?) -> SQL {
        let condition: SQL = expiredAt.map { "AND expires_at < \($0) AND \(sql: isFree)" } ?? ""
        return """
            WITH gone AS (
                DELETE FROM uploads WHERE id = \(id.uuid) \(sql: condition) RETURNING video_id, media_key, media_handle, state
            ), video AS (
                DELETE FROM videos WHERE id IN (SELECT video_id FROM gone WHERE state = 'uploading')
            ), note AS (
                INSERT INTO abandoned_media (media_key, media_handle)
                SELECT media_key, media_handle FROM gone WHERE state = 'uploading'
            )
            SELECT 1 FROM gone
            """
    }

    static func overdue(at time: Date, limit: Int) -> SQL {
        """
        SELECT \(sql: columns) FROM uploads
        WHERE (expires_at < \(time) OR (state = 'uploading' AND received = size))
            AND \(sql: isFree)
        ORDER BY expires_at LIMIT \(limit)
        """
    }

    private static func end(of lease: Lease) -> SQL {
        let (seconds, attoseconds) = lease.life.components
        return "clock_timestamp() + make_interval(secs => \(Double(seconds) + Double(attoseconds) / 1e18))"
    }

    static func cursor(of row: PostgresRow) throws -> Cursor {
        Cursor([UploadID(try row["id", as: UUID.self]).description])
    }

    /// Nil for a row with a name of a state that this version does not have.
    static func upload(_ row: PostgresRow) throws -> Upload? {
        let (id, video, owner, key, handle, size, received, state, metadata, created, expires, isBeingWritten) =
            try row.decode(
                (UUID, UUID, UUID, String, String, Int64, Int64, String, String?, Date, Date, Bool).self)
        guard let state: Upload.State = known(state) else { return nil }
        return Upload(
            id: UploadID(id), videoID: VideoID(video), ownerID: UserID(owner),
            media: MediaUpload(key: MediaKey(noted: key), handle: handle), size: size, received: received,
            state: state, metadata: metadata, createdAt: created, expiresAt: expires, isBeingWritten: isBeingWritten)
    }
}
