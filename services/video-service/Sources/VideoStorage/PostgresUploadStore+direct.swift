public import DomainKit
public import Foundation
import Postgres
import StorageKit
public import VideoDomain

extension PostgresUploadStore {
    public func extend(_ id: UploadID, of owner: UserID, to expiry: Date) async throws -> Upload? {
        try await fromPostgres {
            try await database.first(DirectUploadQueries.extend(id, of: owner, to: expiry))
                .flatMap(UploadQueries.upload)
        }
    }

    public func note(_ step: DirectStep, of id: UploadID, _ lease: Lease) async throws -> Checkpoint {
        try await fromPostgres {
            guard let row = try await database.first(DirectUploadQueries.note(step, of: id, lease)) else {
                return .absent
            }
            return try row[0, as: Bool.self] ? .noted : .leaseLost
        }
    }
}
