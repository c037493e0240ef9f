import DomainKit
import Foundation
import Postgres
import StorageKit
import VideoDomain

/// The SQL of videos, and how a row becomes one.
enum VideoQueries {
    /// Of `videos`, under that name.
    static let columns: SQL = "\(sql: ownColumns), \(sql: ProcessingColumn.column)"

    /// Without what is made of it.
    static let ownColumns: SQL = """
        id, owner_id, title, description, tags, visibility, state, content_type, filename, size, sha256,
        created_at, updated_at, version, fault
        """

    static func insert(_ video: Video) -> SQL {
        let (details, search) = (video.details, SearchColumns(video.details))
        return """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, filename, size,
                sha256, search_text, search_title, search_folded, search_terms, created_at, updated_at, version)
            VALUES (\(video.id.uuid), \(video.ownerID.uuid), \(details.title.text), \(details.description.text),
                \(details.tags.texts), \(details.visibility.rawValue), \(video.state.rawValue),
                \(video.contentType.text), \(video.filename?.text), \(video.size), \(video.sha256),
                \(search.text), \(search.title), \(search.folded), \(search.terms), \(video.createdAt), \(video.updatedAt), \(video.version))
            """
    }

    static func exists(_ id: VideoID) -> SQL { "SELECT 1 FROM videos WHERE id = \(id.uuid)" }

    /// Two keyset scans, one for each half of the rule and each along its own index, merged: the cost is that of a page
    /// however many videos of others are private.
    static func list(_ query: VideoQuery, limit: Int, after: Position?) -> SQL {
        var filter = wanted(query)
        if let after { filter.append(" AND (created_at, id) < (\(after.createdAt), \(after.id.uuid))") }
        let isOwn = VisibilityRule.isOwn(query.viewer)
        return """
            (SELECT \(sql: columns) FROM videos
              WHERE \(sql: VisibilityRule.isListedOfOthers(for: query.viewer)) AND \(sql: filter)
              ORDER BY created_at DESC, id DESC LIMIT \(limit))
            UNION ALL
            (SELECT \(sql: columns) FROM videos
              WHERE \(sql: isOwn) AND \(sql: filter)
              ORDER BY created_at DESC, id DESC LIMIT \(limit))
            ORDER BY created_at DESC, id DESC LIMIT \(limit)
            """
    }

    /// What is shared with the viewer and may be known, along the index of what is shared with them.
    static func listShared(_ query: VideoQuery, limit: Int, after: Position?) -> SQL {
        let behind: SQL =
            after.map { "AND (shared_at, video_id) < (\($0.createdAt), \($0.id.uuid))" } ?? ""
        return """
            SELECT \(sql: columns), shared_at FROM video_shares JOIN videos ON videos.id = video_shares.video_id
            WHERE user_id = \(query.viewer.id.uuid) \(sql: behind)
                AND \(sql: VisibilityRule.isVisible(to: query.viewer)) AND \(sql: wanted(query))
            ORDER BY shared_at DESC, video_id DESC LIMIT \(limit)
            """
    }

    /// What a list is narrowed to, words aside.
    static func wanted(_ query: VideoQuery) -> SQL {
        var wanted: SQL = "TRUE"
        if let owner = query.owner { wanted.append(" AND owner_id = \(owner.uuid)") }
        if let tag = query.tag { wanted.append(" AND tags @> ARRAY[\(tag)::text]") }
        return wanted
    }

    static func update(_ video: Video) -> SQL {
        let (details, search) = (video.details, SearchColumns(video.details))
        return """
            UPDATE videos SET title = \(details.title.text), description = \(details.description.text),
                tags = \(details.tags.texts), visibility = \(details.visibility.rawValue),
                search_text = \(search.text), search_title = \(search.title), search_folded = \(search.folded),
                search_terms = \(search.terms), updated_at = \(video.updatedAt), version = version + 1
            WHERE id = \(video.id.uuid)
            RETURNING \(sql: columns)
            """
    }

    /// The version, which stays until the transaction ends.
    static func lock(_ id: VideoID) -> SQL {
        "SELECT version FROM videos WHERE id = \(id.uuid) FOR UPDATE"
    }

    /// Removes the row, and with it the upload it may come from, and notes the bytes, in one statement.
    static func delete(_ id: VideoID, key: MediaKey) -> SQL {
        """
        WITH gone AS (
            DELETE FROM videos WHERE id = \(id.uuid) RETURNING id, owner_id
        )
        INSERT INTO abandoned_media (media_key, media_handle, owner_id)
        SELECT \(key.text), uploads.media_handle, gone.owner_id FROM gone LEFT JOIN uploads ON uploads.video_id = gone.id
        """
    }

    /// By scalars: a mark that combines with a wildcard does not make it another character to the database.
    static func pattern(_ word: String) -> String {
        var pattern = "%"
        for scalar in word.unicodeScalars {
            if scalar == "\\" || scalar == "%" || scalar == "_" { pattern.unicodeScalars.append("\\") }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern + "%"
    }
}

extension VideoQueries {
    /// Where a page of videos begins. In the order of lists read backwards.
    struct Position: Comparable, Hashable {
        let createdAt: Date
        let id: VideoID

        static func < (left: Self, right: Self) -> Bool {
            (left.createdAt, left.id) < (right.createdAt, right.id)
        }

        static func cursor(of row: PostgresRow) throws -> Cursor { try cursor(of: row, "created_at") }

        /// In a list whose order is that of another time.
        static func cursor(of row: PostgresRow, _ time: String) throws -> Cursor {
            Cursor([
                Cursor.part(try row[time, as: Date.self]), VideoID(try row["id", as: UUID.self]).description,
            ])
        }

        init(createdAt: Date, id: VideoID) {
            self.createdAt = createdAt
            self.id = id
        }

        init(of row: PostgresRow) throws {
            self.init(
                createdAt: try row["created_at", as: Date.self], id: VideoID(try row["id", as: UUID.self]))
        }

        /// Fails: `invalidCursor`.
        init(_ cursor: Cursor) throws(Failure) {
            var parts = CursorParts(cursor)
            createdAt = try parts.date()
            id = try parts.id()
            try parts.done()
        }
    }

    /// Of a row that begins with `columns`. Nil for one with a name of a state or visibility that this version does not have.
    static func video(_ row: PostgresRow) throws -> Video? {
        guard let visibility: Visibility = known(try row[5, as: String.self]),
            let state: Video.State = known(try row[6, as: String.self])
        else { return nil }
        return Video(
            id: VideoID(try row[0, as: UUID.self]), ownerID: UserID(try row[1, as: UUID.self]),
            details: VideoDetails(
                title: Title(stored: try row[2, as: String.self]),
                description: Description(stored: try row[3, as: String.self]),
                tags: Tags(stored: try row[4, as: [String].self]), visibility: visibility),
            state: state, fault: try row[14, as: String?.self].flatMap(VideoFault.init),
            contentType: ContentType(stored: try row[7, as: String.self]),
            filename: try row[8, as: String?.self].map { Filename(stored: $0) }, size: try row[9, as: Int64.self],
            sha256: try row[10, as: String?.self], createdAt: try row[11, as: Date.self],
            updatedAt: try row[12, as: Date.self], version: try row[13, as: Int64.self],
            processing: ProcessingColumn.processing(try row["processing", as: [String]?.self]))
    }
}
