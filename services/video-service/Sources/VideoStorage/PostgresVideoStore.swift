public import DomainKit
import Foundation
public import Postgres
public import VideoDomain

/// Videos in PostgreSQL.
public struct PostgresVideoStore: VideoStore {
    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    public func find(_ id: VideoID, visibleTo user: UserID) async throws -> Video? {
        try await translatingErrors {
            let row = try await database.first(
                """
                SELECT \(sql: VideoQueries.columns) FROM videos
                WHERE id = \(id.uuid) AND \(sql: VideoQueries.isVisible(to: user))
                """)
            return try row.flatMap(VideoQueries.video)
        }
    }

    public func list(_ query: VideoQuery, _ page: PageRequest) async throws -> Page<Video> {
        let after = try page.after.map { cursor throws(Failure) in try VideoQueries.Position(cursor) }
        return try await translatingErrors {
            let rows = try await database.query(VideoQueries.list(query, limit: page.limit + 1, after: after))
            return try knownRows(rows, page, key: VideoQueries.Position.cursor, read: VideoQueries.video)
        }
    }

    public func update(_ video: Video) async throws -> Video? {
        try await translatingErrors {
            try await database.first(VideoQueries.update(video)).flatMap(VideoQueries.video)
        }
    }

    public func delete(_ id: VideoID, version: Int64) async throws -> Bool {
        try await translatingErrors {
            try await database.execute(VideoQueries.delete(id, version: version, key: MediaKey(of: id))) > 0
        }
    }
}
