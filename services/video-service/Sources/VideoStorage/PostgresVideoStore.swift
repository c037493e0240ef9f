public import DomainKit
import Foundation
public import Postgres
import StorageKit
public import VideoDomain

/// Videos in PostgreSQL.
public struct PostgresVideoStore: VideoStore {
    let database: PostgresClient
    let frequencies: TermFrequencies

    /// - Parameter frequencies: what its searches go by; whoever has it takes the samples.
    public init(database: PostgresClient, frequencies: TermFrequencies = TermFrequencies()) {
        self.database = database
        self.frequencies = frequencies
    }

    public func find(_ id: VideoID, visibleTo viewer: Viewer) async throws -> Video? {
        try await fromPostgres {
            let row = try await database.first(
                """
                SELECT \(sql: VideoQueries.columns) FROM videos
                WHERE id = \(id.uuid) AND \(sql: VisibilityRule.isVisible(to: viewer))
                """)
            return try row.flatMap(VideoQueries.video)
        }
    }

    public func list(_ query: VideoQuery, _ page: PageRequest) async throws -> Page<Video> {
        if !query.words.isEmpty { return try await search(query, page) }
        let after = try page.after.map { cursor throws(Failure) in try VideoQueries.Position(cursor) }
        if query.isShared { return try await listShared(query, page, after) }
        return try await fromPostgres {
            let rows = try await database.query(VideoQueries.list(query, limit: page.limit + 1, after: after))
            return try knownRows(rows, page, key: VideoQueries.Position.cursor, read: VideoQueries.video)
        }
    }

    private func listShared(
        _ query: VideoQuery, _ page: PageRequest, _ after: VideoQueries.Position?
    ) async throws -> Page<Video> {
        try await fromPostgres {
            let rows = try await database.query(VideoQueries.listShared(query, limit: page.limit + 1, after: after))
            return try knownRows(
                rows, page, key: { try VideoQueries.Position.cursor(of: $0, "shared_at") }, read: VideoQueries.video)
        }
    }

    public func update(_ video: Video) async throws -> Change<Video> {
        try await fromPostgres {
            try await database.transaction { transaction in
                guard let stored = try await transaction.first(VideoQueries.lock(video.id)) else { return .absent }
                guard try stored.decode(Int64.self) == video.version else { return .changed }
                let row = try await transaction.first(VideoQueries.update(video))
                return try row.flatMap(VideoQueries.video).map(Change.done) ?? .absent
            }
        }
    }

    public func delete(_ id: VideoID, version: Int64) async throws -> Change<Void> {
        try await fromPostgres {
            try await database.transaction { transaction in
                // The upload before the video, as all who change both do: two that wait for each other wait for good.
                _ = try await transaction.query(UploadQueries.lock(of: id))
                guard let stored = try await transaction.first(VideoQueries.lock(id)) else { return .absent }
                guard try stored.decode(Int64.self) == version else { return .changed }
                _ = try await transaction.query(VideoQueries.delete(id, key: MediaKey(of: id)))
                return .done(())
            }
        }
    }
}
