import DomainKit
import Foundation
import Postgres
import StorageKit
import VideoDomain

/// The SQL of uploads, and how a row becomes one. Leases run by the database's clock, the one all replicas share.
enum UploadQueries {
    static let columns: SQL = """
        id, video_id, owner_id, media_key, media_handle, size, received, state, metadata, created_at, expires_at,
        COALESCE(lease_until > clock_timestamp(), FALSE) AS is_being_written
        """

    /// Nobody is writing.
    private static let isFree: SQL = "(lease_until IS NULL OR lease_until <= clock_timestamp())"

    static func insert(_ upload: Upload) -> SQL {
        """
        INSERT INTO uploads (id, video_id, owner_id, media_key, media_handle, size, received, state, metadata,
            created_at, expires_at)
        VALUES (\(upload.id.uuid), \(upload.videoID.uuid), \(upload.ownerID.uuid), \(upload.media.key.text),
            \(upload.media.id), \(upload.size), \(upload.received), \(upload.state.rawValue), \(upload.metadata),
            \(upload.createdAt), \(upload.expiresAt))
        """
    }

    static func find(_ id: UploadID, of owner: UserID) -> SQL {
        "SELECT \(sql: columns) FROM uploads WHERE id = \(id.uuid) AND owner_id = \(owner.uuid)"
    }

    /// The upload a video comes from.
    static func find(of video: VideoID, by owner: UserID) -> SQL {
        "SELECT \(sql: columns) FROM uploads WHERE video_id = \(video.uuid) AND owner_id = \(owner.uuid)"
    }

    /// The upload, which stays as it is until the transaction ends.
    static func lock(_ id: UploadID, of owner: UserID) -> SQL {
        "SELECT \(sql: columns) FROM uploads WHERE id = \(id.uuid) AND owner_id = \(owner.uuid) FOR UPDATE"
    }

    static func lock(of video: VideoID) -> SQL {
        "SELECT id FROM uploads WHERE video_id = \(video.uuid) FOR UPDATE"
    }

    /// Locks the row, decides by what it holds then, and says both: a second question would see another moment.
    static func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) -> SQL {
        """
        WITH found AS (
            SELECT \(sql: columns) FROM uploads WHERE id = \(id.uuid) AND owner_id = \(owner.uuid) FOR UPDATE
        ), taken AS (
            UPDATE uploads SET lease_token = \(lease.token), lease_until = \(sql: end(of: lease)) FROM found
            WHERE uploads.id = found.id AND found.received = \(offset) AND NOT found.is_being_written
            RETURNING uploads.id
        )
        SELECT found.*, EXISTS (SELECT FROM taken) AS is_granted FROM found
        """
    }

    static func record(
        _ received: Int64, of id: UploadID, _ lease: Lease, expiresAt: Date, releasing: Bool
    ) -> SQL {
        let next: SQL = releasing ? "NULL" : end(of: lease)
        return """
            WITH found AS (
                SELECT id, COALESCE(lease_token = \(lease.token) AND lease_until IS NOT NULL, FALSE) AS is_ours
                FROM uploads WHERE id = \(id.uuid) FOR UPDATE
            ), noted AS (
                UPDATE uploads SET received = \(received), expires_at = \(expiresAt), lease_until = \(sql: next) FROM found
                WHERE uploads.id = found.id AND found.is_ours
            )
            SELECT is_ours FROM found
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
    static func remove(_ id: UploadID, expiredAt: Date? = nil) -> SQL {
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

    /// States this version does not have are left to those that do.
    static func overdue(at time: Date, after last: Upload?, limit: Int) -> SQL {
        let behind: SQL = last.map { "AND (expires_at, id) > (\($0.expiresAt), \($0.id.uuid))" } ?? ""
        return """
            SELECT \(sql: columns) FROM uploads
            WHERE (expires_at < \(time) OR (state = 'uploading' AND received = size))
                AND state IN ('uploading', 'finished') AND \(sql: isFree) \(sql: behind)
            ORDER BY expires_at, id LIMIT \(limit)
            """
    }

    private static func end(of lease: Lease) -> SQL {
        "clock_timestamp() + make_interval(secs => \(lease.life / .seconds(1)))"
    }

    static func cursor(of row: PostgresRow) throws -> Cursor {
        Cursor([UploadID(try row["id", as: UUID.self]).description])
    }

    /// Nil for a row with a name of a state that this version does not have.
    static func upload(_ row: PostgresRow) throws -> Upload? {
        guard let state: Upload.State = known(try row[7, as: String.self]) else { return nil }
        return Upload(
            id: UploadID(try row[0, as: UUID.self]), videoID: VideoID(try row[1, as: UUID.self]),
            ownerID: UserID(try row[2, as: UUID.self]),
            media: MediaUpload(
                key: MediaKey(noted: try row[3, as: String.self]), id: try row[4, as: String.self]),
            size: try row[5, as: Int64.self], received: try row[6, as: Int64.self], state: state,
            metadata: try row[8, as: String?.self], createdAt: try row[9, as: Date.self],
            expiresAt: try row[10, as: Date.self], isBeingWritten: try row[11, as: Bool.self])
    }
}
