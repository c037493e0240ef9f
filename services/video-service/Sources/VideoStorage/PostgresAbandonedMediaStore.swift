import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Notes on bytes nobody needs any more, in PostgreSQL.
public struct PostgresAbandonedMediaStore: AbandonedMediaStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func oldest(_ limit: Int) async throws -> [AbandonedMedia] {
        try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT id, media_key, media_handle FROM abandoned_media WHERE retry_at <= clock_timestamp()
                ORDER BY retry_at, id LIMIT \(limit)
                """)
            return try rows.decode((Int64, String, String?).self).map {
                AbandonedMedia(id: $0, key: MediaKey(noted: $1), mediaID: $2)
            }
        }
    }

    public func postpone(_ id: Int64, for pause: Duration) async throws {
        _ = try await fromPostgres {
            try await database.execute(
                """
                UPDATE abandoned_media
                SET retry_at = clock_timestamp() + make_interval(secs => \(pause / .seconds(1))) WHERE id = \(id)
                """)
        }
    }

    public func forget(_ id: Int64) async throws {
        try await fromPostgres {
            _ = try await database.execute("DELETE FROM abandoned_media WHERE id = \(id)")
        }
    }

    public func unknown(among uploads: [MediaUpload]) async throws -> [MediaUpload] {
        if uploads.isEmpty { return [] }
        return try await fromPostgres {
            let rows = try await database.query(
                "SELECT media_handle FROM uploads WHERE media_handle = ANY(\(uploads.map(\.id)))")
            let known = Set(try rows.map { row in try row[0, as: String.self] })
            return uploads.filter { !known.contains($0.id) }
        }
    }
}
