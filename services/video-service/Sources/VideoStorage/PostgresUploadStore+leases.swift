public import DomainKit
public import Foundation
import Postgres
import StorageKit
public import VideoDomain

extension PostgresUploadStore {
    public func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) async throws -> Claim {
        try await fromPostgres {
            guard let row = try await database.first(UploadQueries.claim(id, of: owner, at: offset, lease)),
                var upload = try UploadQueries.upload(row)
            else { return .absent }
            if try row["is_granted", as: Bool.self] {
                upload.isBeingWritten = true
                return .granted(upload)
            }
            guard upload.isBeingWritten else { return .wrongOffset(received: upload.received) }
            return .busy(left: .seconds(max(0, try row["lease_left", as: Double?.self] ?? 0)))
        }
    }

    public func record(
        _ received: Int64, of id: UploadID, _ lease: Lease, expiresAt: Date, releasing: Bool
    ) async throws -> Checkpoint {
        try await fromPostgres {
            let row = try await database.first(
                UploadQueries.record(received, of: id, lease, expiresAt: expiresAt, releasing: releasing))
            guard let row else { return .absent }
            return try row[0, as: Bool.self] ? .noted : .leaseLost
        }
    }

    public func announce(_ size: Int64, isOpen: Bool, of id: UploadID, _ lease: Lease) async throws -> Checkpoint {
        try await fromPostgres {
            let row = try await database.first(UploadQueries.announce(size, isOpen: isOpen, of: id, lease))
            guard let row else { return .absent }
            return try row[0, as: Bool.self] ? .noted : .leaseLost
        }
    }

    public func renew(_ id: UploadID, _ lease: Lease) async throws -> Checkpoint {
        try await fromPostgres {
            guard let row = try await database.first(UploadQueries.renew(id, lease)) else { return .absent }
            return try row[0, as: Bool.self] ? .noted : .leaseLost
        }
    }

    /// One connection listens for all who wait, while there are any.
    public func releases(of id: UploadID) async -> AsyncStream<Void> {
        let notifications = database.notifications(on: UploadQueries.releases)
        let (stream, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listening = Task {
            for await notification in notifications {
                if case .message(let other) = notification, other != id.description { continue }
                signal.yield()
            }
            signal.finish()
        }
        signal.onTermination = { _ in listening.cancel() }
        return stream
    }
}
