public import DomainKit
import Foundation
import Postgres
import StorageKit
public import VideoDomain

extension PostgresUploadStore {
    /// Locks the parts, in the order of their ids, and the owner's row of `holdings` after them, as all who change both do.
    public func join(
        _ parts: [UploadID], to upload: Upload, of video: Video, within limits: Holdings, mostBytes: Int64
    ) async throws -> Upload? {
        try await fromPostgres {
            try await database.transaction { transaction in
                let rows = try await transaction.query(UploadQueries.lock(parts, of: upload.ownerID))
                let held = try await transaction.first(HoldingQueries.lock(upload.ownerID))
                if try await transaction.first(VideoQueries.exists(video.id)) != nil {
                    return try await earlier(upload, of: video, in: transaction)
                }
                let joined = try await transaction.first(UploadQueries.find(joinedOf: parts, by: upload.ownerID))
                if let joined = try joined.flatMap(UploadQueries.upload) { return joined }
                let size = try Failure.requireJoinable(rows.compactMap(UploadQueries.upload), parts, mostBytes)
                let used = try held.map(HoldingQueries.holdings) ?? Holdings()
                try QuotaMetrics.counting { () throws(Failure) in
                    try used.requireRoom(for: Holdings(videos: 1), within: limits)
                }
                _ = try await transaction.query(VideoQueries.insert(video.with(size: size)))
                _ = try await transaction.query(UploadQueries.insert(upload.with(size: size)))
                _ = try await transaction.query(UploadQueries.join(parts, to: upload.id))
                return upload.with(size: size)
            }
        }
    }

    public func parts(of upload: Upload) async throws -> [Upload] {
        let found = try await fromPostgres {
            try await database.query(UploadQueries.find(partsOf: upload.id)).compactMap(UploadQueries.upload)
        }
        return try Failure.requireAll(upload.parts, found)
    }
}
