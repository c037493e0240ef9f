public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Who owns bytes, in PostgreSQL.
public struct PostgresMediaOwners: MediaOwners {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func unowned(among keys: [MediaKey]) async throws -> [MediaKey] {
        if keys.isEmpty { return [] }
        return try await fromPostgres {
            try await database.query(Self.unowned(among: keys)).map { MediaKey(noted: try $0[0, as: String.self]) }
        }
    }

    public func abandon(_ keys: [MediaKey]) async throws -> Int {
        try await fromPostgres {
            let notes = try await database.query(
                "INSERT INTO abandoned_media (media_key) \(sql: Self.unowned(among: keys)) RETURNING id")
            return notes.count
        }
    }

    public func complete(after last: VideoID?, limit: Int) async throws -> [Video] {
        try await fromPostgres {
            let behind: SQL = last.map { "AND id > \($0.uuid)" } ?? ""
            return try await database.query(
                """
                SELECT \(sql: VideoQueries.columns) FROM videos WHERE state IN ('ready', 'removed') \(sql: behind)
                ORDER BY id LIMIT \(limit)
                """
            ).compactMap(VideoQueries.video)
        }
    }

    private static func unowned(among keys: [MediaKey]) -> SQL {
        """
        SELECT key FROM unnest(\(keys.map(\.text))::text[]) AS asked (key)
        WHERE NOT EXISTS (
                SELECT FROM videos WHERE id = CASE WHEN key ~ '^videos/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(key, 8)::uuid END)
            AND NOT EXISTS (SELECT FROM uploads WHERE media_key = key)
            AND NOT EXISTS (SELECT FROM abandoned_media WHERE media_key = key)
            AND NOT EXISTS (
                SELECT FROM processing_jobs
                WHERE video_id = CASE WHEN key ~ '^renditions/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/' THEN substr(key, 12, 36)::uuid END
                    AND split_part(key, '/', 3) IN (published::text, CASE WHEN is_held THEN claims::text END))
            AND NOT EXISTS (
                SELECT FROM abandoned_media WHERE media_key IN (
                    'renditions/' || split_part(key, '/', 2) || '/',
                    'renditions/' || split_part(key, '/', 2) || '/' || split_part(key, '/', 3) || '/'))
        """
    }
}
