public import DomainKit
public import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Uploads in PostgreSQL: any replica goes on where another stopped, and a row's lease keeps two from writing at once.
public struct PostgresUploadStore: UploadStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// The owner's row of `holdings` is locked for it, so that of two creations at once the second one counts the first.
    public func insert(_ upload: Upload, of video: Video, within limits: Holdings) async throws -> Upload? {
        try await fromPostgres {
            do {
                return try await database.transaction { transaction in
                    let held = try await transaction.first(HoldingQueries.lock(upload.ownerID))
                    if try await transaction.first(VideoQueries.exists(video.id)) != nil {
                        return try await earlier(upload, of: video, in: transaction)
                    }
                    let used = try held.map(HoldingQueries.holdings) ?? Holdings()
                    try QuotaMetrics.counting { () throws(Failure) in
                        try used.requireRoom(for: Holdings(begun: upload), within: limits)
                    }
                    _ = try await transaction.query(VideoQueries.insert(video))
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
    private func earlier(
        _ upload: Upload, of video: Video, in session: some PostgresSession
    ) async throws -> Upload? {
        try await session.first(UploadQueries.find(of: video.id, by: upload.ownerID)).flatMap(UploadQueries.upload)
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

    public func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) async throws -> Claim {
        try await fromPostgres {
            guard let row = try await database.first(UploadQueries.claim(id, of: owner, at: offset, lease)),
                var upload = try UploadQueries.upload(row)
            else { return .absent }
            if try row["is_granted", as: Bool.self] {
                upload.isBeingWritten = true
                return .granted(upload)
            }
            return upload.isBeingWritten ? .busy : .wrongOffset(received: upload.received)
        }
    }

    public func record(
        _ received: Int64, of id: UploadID, _ lease: Lease, expiresAt: Date, releasing: Bool
    ) async throws -> Checkpoint {
        try await fromPostgres {
            let row = try await database.first(
                UploadQueries.record(received, of: id, lease, expiresAt: expiresAt, releasing: releasing))
            guard let row else { return .absent }
            return try row.decode(Bool.self) ? .noted : .leaseLost
        }
    }

    public func finish(_ id: UploadID, at time: Date) async throws -> Upload? {
        try await fromPostgres {
            try await database.first(UploadQueries.finish(id, at: time)).flatMap(UploadQueries.upload)
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
                guard upload.state == .uploading else { return .finished }
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
