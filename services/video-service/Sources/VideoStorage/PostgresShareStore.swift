public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Whom videos are shared with, in PostgreSQL.
public struct PostgresShareStore: ShareStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// The video's row is locked for it, so that of two who are added at once the second one counts the first.
    public func share(_ share: VideoShare, atMost most: Int) async throws -> Sharing {
        try await fromPostgres {
            try await database.transaction { transaction in
                guard try await transaction.first(VideoQueries.lock(share.videoID)) != nil else { return .absent }
                if let earlier = try await transaction.first(ShareQueries.find(share.videoID, share.userID)) {
                    return .already(try ShareQueries.share(earlier))
                }
                guard try await transaction.first(ShareQueries.erasure(of: share.userID)) == nil else {
                    return .accountErased
                }
                let count = try await transaction.first(ShareQueries.count(of: share.videoID))?.decode(Int64.self) ?? 0
                guard count < Int64(most) else { return .full }
                _ = try await transaction.query(ShareQueries.insert(share))
                return .made(share)
            }
        }
    }

    public func unshare(_ video: VideoID, with user: UserID) async throws {
        try await fromPostgres { _ = try await database.execute(ShareQueries.delete(video, user)) }
    }

    public func isShared(_ video: VideoID, with user: UserID) async throws -> Bool {
        try await fromPostgres { try await database.first(ShareQueries.find(video, user)) != nil }
    }

    public func shares(of video: VideoID, _ page: PageRequest) async throws -> Page<VideoShare> {
        var after: (Date, UserID)?
        if let cursor = page.after {
            var parts = CursorParts(cursor)
            after = (try parts.date(), try parts.id())
            try parts.done()
        }
        return try await fromPostgres {
            let rows = try await database.query(ShareQueries.list(of: video, limit: page.limit + 1, after: after))
            return Page(try rows.map(ShareQueries.share), limit: page.limit) {
                Cursor([Cursor.part($0.sharedAt), $0.userID.description])
            }
        }
    }
}

/// The SQL of shares, and how a row becomes one.
enum ShareQueries {
    private static let columns: SQL = "video_id, user_id, shared_at"

    static func find(_ video: VideoID, _ user: UserID) -> SQL {
        "SELECT \(sql: columns) FROM video_shares WHERE video_id = \(video.uuid) AND user_id = \(user.uuid)"
    }

    static func count(of video: VideoID) -> SQL {
        "SELECT count(*) FROM video_shares WHERE video_id = \(video.uuid)"
    }

    static func erasure(of user: UserID) -> SQL { "SELECT 1 FROM account_erasures WHERE user_id = \(user.uuid)" }

    static func insert(_ share: VideoShare) -> SQL {
        """
        INSERT INTO video_shares (\(sql: columns))
        VALUES (\(share.videoID.uuid), \(share.userID.uuid), \(share.sharedAt))
        """
    }

    static func delete(_ video: VideoID, _ user: UserID) -> SQL {
        "DELETE FROM video_shares WHERE video_id = \(video.uuid) AND user_id = \(user.uuid)"
    }

    static func list(of video: VideoID, limit: Int, after: (sharedAt: Date, userID: UserID)?) -> SQL {
        let behind: SQL = after.map { "AND (shared_at, user_id) < (\($0.sharedAt), \($0.userID.uuid))" } ?? ""
        return """
            SELECT \(sql: columns) FROM video_shares WHERE video_id = \(video.uuid) \(sql: behind)
            ORDER BY shared_at DESC, user_id DESC LIMIT \(limit)
            """
    }

    static func share(_ row: PostgresRow) throws -> VideoShare {
        let (video, user, sharedAt) = try row.decode((UUID, UUID, Date).self)
        return VideoShare(videoID: VideoID(video), userID: UserID(user), sharedAt: sharedAt)
    }
}
