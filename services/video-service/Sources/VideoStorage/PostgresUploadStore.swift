public import DomainKit
public import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Uploads in PostgreSQL: any replica goes on where another stopped, and a row's lease keeps two from writing at once.
public struct PostgresUploadStore: UploadStore {
    let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// The owner's row of `holdings` is locked for it, so that of two creations at once the second one counts the first.
    public func insert(_ upload: Upload, of video: Video?, within limits: Holdings) async throws -> Upload? {
        try await fromPostgres {
            do {
                return try await database.transaction { transaction in
                    let held = try await transaction.first(HoldingQueries.lock(upload.ownerID))
                    let isRepeat = try await transaction.first(Self.exists(upload, video)) != nil
                    if isRepeat { return try await earlier(upload, of: video, in: transaction) }
                    let used = try held.map(HoldingQueries.holdings) ?? Holdings()
                    let size = used.room(for: upload, within: limits)
                    let (upload, video) = (upload.with(size: size), video?.with(size: size))
                    try QuotaMetrics.counting { () throws(Failure) in
                        try used.requireRoom(for: Holdings(begun: upload), within: limits)
                    }
                    if let video { _ = try await transaction.query(VideoQueries.insert(video)) }
                    _ = try await transaction.query(UploadQueries.insert(upload))
                    return upload
                }
            } catch let error as PostgresError where error.constraint == "videos_pkey" {
                // From a replica of the release before, which does not lock.
                return try await earlier(upload, of: video, in: database)
            }
        }
    }

    /// What an earlier try of the same call made; nil when it is gone.
    func earlier(
        _ upload: Upload, of video: Video?, in session: some PostgresSession
    ) async throws -> Upload? {
        let query =
            video.map { UploadQueries.find(of: $0.id, by: upload.ownerID) }
            ?? UploadQueries.find(upload.id, of: upload.ownerID)
        return try await session.first(query).flatMap(UploadQueries.upload)
    }

    /// A row when an earlier try of the same call has made something.
    private static func exists(_ upload: Upload, _ video: Video?) -> SQL {
        video.map { VideoQueries.exists($0.id) } ?? UploadQueries.exists(upload.id)
    }

    public func find(_ id: UploadID, of owner: UserID) async throws -> Upload? {
        try await fromPostgres {
            try await database.first(UploadQueries.find(id, of: owner)).flatMap(UploadQueries.upload)
        }
    }

    public func list(of owner: UserID, _ page: PageRequest) async throws -> Page<Upload> {
        var after: SQL = ""
        if let cursor = page.after {
            var parts = CursorParts(cursor)
            let id = try parts.id(of: Upload.self)
            try parts.done()
            after = "AND id < \(id.uuid)"
        }
        return try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT \(sql: UploadQueries.columns) FROM uploads
                WHERE owner_id = \(owner.uuid) \(sql: after) ORDER BY id DESC LIMIT \(page.limit + 1)
                """)
            return try knownRows(rows, page, key: UploadQueries.cursor, read: UploadQueries.upload)
        }
    }

    public func announcedType(of id: UploadID) async throws -> ContentType? {
        try await fromPostgres {
            try await database.first(UploadQueries.announcedType(of: id))
                .map { ContentType(stored: try $0[0, as: String.self]) }
        }
    }

    public func finish(_ id: UploadID, of contents: Contents, at time: Date) async throws -> Upload? {
        try await fromPostgres {
            try await database.first(UploadQueries.finish(id, of: contents, at: time)).flatMap(UploadQueries.upload)
        }
    }

    public func cancel(
        _ id: UploadID, of owner: UserID, if precondition: @Sendable (Upload) throws -> Void
    ) async throws -> Cancellation {
        try await fromPostgres {
            try await database.transaction { transaction in
                let row = try await transaction.first(UploadQueries.lock(id, of: owner))
                guard let upload = try row.flatMap(UploadQueries.upload) else { return .absent }
                try precondition(upload)
                guard upload.state != .finished, upload.joinedTo == nil else { return .finished }
                _ = try await transaction.query(UploadQueries.remove(id))
                return .done
            }
        }
    }

    public func removeExpired(_ id: UploadID, at time: Date) async throws -> Bool {
        try await fromPostgres {
            try await database.first(UploadQueries.remove(id, expiredAt: time)) != nil
        }
    }

    public func overdue(at time: Date, after last: Upload?, limit: Int) async throws -> [Upload] {
        try await fromPostgres {
            try await database.query(UploadQueries.overdue(at: time, after: last, limit: limit))
                .compactMap(UploadQueries.upload)
        }
    }
}
