import DomainKit
import Foundation
import Postgres
import StorageKit
import VideoDomain

/// The SQL of uploads, and how a row becomes one. Leases run by the database's clock, the one all replicas share.
enum UploadQueries {
    static let columns: SQL = """
        id, video_id, owner_id, media_key, media_handle, size, received, state, metadata, created_at, expires_at,
        COALESCE(lease_until > clock_timestamp(), FALSE) AS is_being_written, parts, joined_to,
        is_size_known, is_open, part_size, sha256
        """

    /// Where the ids of uploads are told whose lease was given back.
    static let releases = "uploads_released"

    /// Nobody is writing.
    private static let isFree: SQL = "(lease_until IS NULL OR lease_until <= clock_timestamp())"

    static func insert(_ upload: Upload) -> SQL {
        let parts: [UUID]? = upload.parts.isEmpty ? nil : upload.parts.map(\.uuid)
        return """
            INSERT INTO uploads (id, video_id, owner_id, media_key, media_handle, size, received, state, metadata,
                created_at, expires_at, parts, is_size_known, is_open, part_size)
            VALUES (\(upload.id.uuid), \(upload.videoID?.uuid), \(upload.ownerID.uuid), \(upload.media.key.text),
                \(upload.media.id), \(upload.size), \(upload.received), \(upload.state.rawValue), \(upload.metadata),
                \(upload.createdAt), \(upload.expiresAt), \(parts), \(upload.isSizeKnown),
                    \(upload.isOpen), \(upload.partSize))
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

    static func exists(_ id: UploadID) -> SQL { "SELECT 1 FROM uploads WHERE id = \(id.uuid)" }

    static func lock(_ ids: [UploadID], of owner: UserID) -> SQL {
        """
        SELECT \(sql: columns) FROM uploads WHERE id = ANY(\(ids.map(\.uuid))) AND owner_id = \(owner.uuid)
        ORDER BY id FOR UPDATE
        """
    }

    static func find(joinedOf parts: [UploadID], by owner: UserID) -> SQL {
        "SELECT \(sql: columns) FROM uploads WHERE owner_id = \(owner.uuid) AND parts = \(parts.map(\.uuid)) LIMIT 1"
    }

    static func find(partsOf id: UploadID) -> SQL {
        "SELECT \(sql: columns) FROM uploads WHERE joined_to = \(id.uuid)"
    }

    static func join(_ parts: [UploadID], to id: UploadID) -> SQL {
        "UPDATE uploads SET joined_to = \(id.uuid) WHERE id = ANY(\(parts.map(\.uuid)))"
    }

    static func lock(of video: VideoID) -> SQL {
        "SELECT id FROM uploads WHERE video_id = \(video.uuid) FOR UPDATE"
    }

    /// Locks the row, decides by what it holds then, and says both: a second question would see another moment.
    static func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) -> SQL {
        """
        WITH found AS (
            SELECT \(sql: columns), EXTRACT(EPOCH FROM lease_until - clock_timestamp())::float8 AS lease_left
            FROM uploads WHERE id = \(id.uuid) AND owner_id = \(owner.uuid) FOR UPDATE
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
            SELECT is_ours\(sql: releasing ? ", " + tell(id) : "") FROM found
            """
    }

    /// Who waits for the upload hears of it as soon as this is so.
    private static func tell(_ id: UploadID) -> SQL {
        "CASE WHEN is_ours THEN pg_notify(\(releases), \(id.description)) END"
    }

    /// The video after the upload, as all lock them.
    static func announce(_ size: Int64, isOpen: Bool, of id: UploadID, _ lease: Lease) -> SQL {
        """
        WITH found AS (
            SELECT id, COALESCE(lease_token = \(lease.token) AND lease_until IS NOT NULL, FALSE) AS is_ours
            FROM uploads WHERE id = \(id.uuid) FOR UPDATE
        ), announced AS (
            UPDATE uploads SET size = \(size), is_size_known = TRUE, is_open = \(isOpen) FROM found
            WHERE uploads.id = found.id AND found.is_ours RETURNING video_id
        ), video AS (
            UPDATE videos SET size = \(size) FROM announced
            WHERE videos.id = announced.video_id AND videos.size <> \(size)
        )
        SELECT is_ours FROM found
        """
    }

    static func renew(_ id: UploadID, _ lease: Lease) -> SQL {
        """
        WITH found AS (
            SELECT id, COALESCE(lease_token = \(lease.token) AND lease_until IS NOT NULL, FALSE) AS is_ours
            FROM uploads WHERE id = \(id.uuid) FOR UPDATE
        ), renewed AS (
            UPDATE uploads SET lease_until = \(sql: end(of: lease)) FROM found
            WHERE uploads.id = found.id AND found.is_ours
        )
        SELECT is_ours FROM found
        """
    }

    /// Both rows at once, the video's only the first time; what was joined goes, and its bytes are noted.
    static func announcedType(of id: UploadID) -> SQL {
        "SELECT content_type FROM videos WHERE id = (SELECT video_id FROM uploads WHERE id = \(id.uuid))"
    }

    /// One that is finished keeps what its video became then.
    static func finish(_ id: UploadID, of contents: Contents, at time: Date) -> SQL {
        var (outcome, fault): (SQL, Bool)
        switch contents {
        case .film(let type): (outcome, fault) = ("state = 'ready', content_type = \(type.text)", false)
        case .no(let why): (outcome, fault) = ("state = 'failed', fault = \(why.rawValue), size = 0", true)
        }
        return """
            WITH upload AS (
                UPDATE uploads SET state = 'finished', received = size,
                    lease_until = CASE WHEN state IN ('joining', 'completing') THEN NULL ELSE lease_until END
                WHERE id = \(id.uuid) AND (state IN ('joining', 'completing') OR (state IN ('uploading', 'finished') AND received = size AND NOT is_open))
                RETURNING \(sql: columns)
            ), video AS (
                UPDATE videos SET \(sql: outcome), sha256 = COALESCE((SELECT sha256 FROM upload), sha256), updated_at = \(time), version = version + 1
                WHERE id = (SELECT video_id FROM upload) AND state = 'uploading' RETURNING id
            ), part AS (
                DELETE FROM uploads WHERE joined_to = (SELECT id FROM upload) RETURNING media_key, owner_id
            ), note AS (
                INSERT INTO abandoned_media (media_key, owner_id) SELECT media_key, owner_id FROM part
                UNION ALL SELECT media_key, owner_id FROM upload WHERE \(fault) AND EXISTS (SELECT FROM video)
            )
            SELECT * FROM upload
            """
    }

    /// An unfinished upload takes its video along and leaves a note on its bytes; a finished one just goes.
    ///
    /// - Parameter isSettled: the note is not due before whoever writes to the upload has stopped.
    static func remove(_ id: UploadID, expiredAt: Date? = nil, whenSettled isSettled: Bool = false) -> SQL {
        let condition: SQL = expiredAt.map { "AND expires_at < \($0) AND \(sql: isFree)" } ?? ""
        let due: SQL = isSettled ? "GREATEST(clock_timestamp(), lease_until)" : "clock_timestamp()"
        return """
            WITH gone AS (
                DELETE FROM uploads WHERE id = \(id.uuid) \(sql: condition)
                RETURNING video_id, owner_id, media_key, media_handle, state, lease_until
            ), video AS (
                DELETE FROM videos WHERE id IN (SELECT video_id FROM gone WHERE state <> 'finished')
            ), note AS (
                INSERT INTO abandoned_media (media_key, media_handle, owner_id, retry_at)
                SELECT media_key, media_handle, owner_id, \(sql: due) FROM gone WHERE state <> 'finished'
            )
            SELECT 1 FROM gone
            """
    }

    /// States this version does not have are left to those that do.
    static func overdue(at time: Date, after last: Upload?, limit: Int) -> SQL {
        let behind: SQL = last.map { "AND (expires_at, id) > (\($0.expiresAt), \($0.id.uuid))" } ?? ""
        return """
            SELECT \(sql: columns) FROM uploads
            WHERE (expires_at < \(time) OR (state = 'uploading' AND received = size AND NOT is_open) OR state = 'joining'
                    OR state = 'completing')
                AND state IN ('uploading', 'finished', 'partial', 'joining', 'direct', 'completing') AND joined_to IS NULL
                AND \(sql: isFree) \(sql: behind)
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
            id: UploadID(try row[0, as: UUID.self]), videoID: try row[1, as: UUID?.self].map { VideoID($0) },
            parts: (try row[12, as: [UUID]?.self] ?? []).map { UploadID($0) },
            joinedTo: try row[13, as: UUID?.self].map { UploadID($0) },
            ownerID: UserID(try row[2, as: UUID.self]),
            media: MediaUpload(
                key: MediaKey(noted: try row[3, as: String.self]), id: try row[4, as: String.self]),
            size: try row[5, as: Int64.self], isSizeKnown: try row[14, as: Bool.self],
            isOpen: try row[15, as: Bool.self], partSize: try row[16, as: Int64?.self],
            sha256: try row[17, as: String?.self], received: try row[6, as: Int64.self], state: state,
            metadata: try row[8, as: String?.self], createdAt: try row[9, as: Date.self],
            expiresAt: try row[10, as: Date.self], isBeingWritten: try row[11, as: Bool.self])
    }
}
