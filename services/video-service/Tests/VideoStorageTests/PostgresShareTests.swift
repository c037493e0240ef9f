import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Testing
import VideoDomain
import VideoTestKit

@testable import VideoStorage

@Suite("Shares in PostgreSQL", .serialized)
struct PostgresShareTests {
    private func video(_ database: PostgresClient) async throws -> VideoID {
        let pair = Sample.pair(of: Sample.user(), details: try Sample.details("x", .private), at: Date())
        _ = try await PostgresUploadStore(database: database).insert(pair.upload, of: pair.video)
        return pair.video.id
    }

    @Test func `of twenty at once that want the last place one gets it`() async throws {
        let database = try await migratedDatabase()
        let (store, video) = (PostgresShareStore(database: database), try await video(database))
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let share = VideoShare(videoID: video, userID: Sample.user(), sharedAt: Date())
                    if case .made = try await store.share(share, atMost: 1) { return true }
                    return false
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(made == 1)
        #expect(try await store.shares(of: video, PageRequest()).items.count == 1)
        await database.close()
    }

    @Test func `lists go along their indexes, those of the release before too`() async throws {
        let database = try await migratedDatabase()
        try await database.execute(
            """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size,
                search_text, created_at, updated_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'x', '', '{}',
                (ARRAY['public', 'members', 'unlisted', 'private'])[n % 4 + 1], 'ready', 'video/mp4', 3, 'x',
                now() + n * interval '1 second', now()
            FROM generate_series(1, 20000) AS n
            """)
        let viewer = Sample.viewer()
        try await database.execute("INSERT INTO video_shares SELECT id, \(viewer.id.uuid), now() FROM videos")
        try await database.execute("VACUUM ANALYZE videos, video_shares")
        let shared = VideoQueries.listShared(try VideoQuery(viewer: viewer, isShared: true), limit: 26, after: nil)
        let all = VideoQueries.list(try VideoQuery(viewer: viewer), limit: 26, after: nil)
        let before: SQL = """
            SELECT id FROM videos WHERE visibility = 'public' AND state = 'ready'
            ORDER BY created_at DESC, id DESC LIMIT 26
            """
        for (statement, index) in [(shared, "video_shares_with"), (all, "videos_listed"), (before, "videos_listed")] {
            let rows = try await database.query("EXPLAIN \(sql: statement)")
            let plan = try rows.map { try $0[0, as: String.self] }.joined(separator: "\n")
            #expect(plan.contains(index) && !plan.contains("Seq Scan"), "\(plan)")
        }
        await database.close()
    }
}
