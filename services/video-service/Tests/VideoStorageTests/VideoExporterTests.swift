import DataExports
import DomainKit
import Foundation
import IdentityEvents
import Postgres
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

@Suite("Exports of accounts, in PostgreSQL", .serialized)
struct VideoExporterTests {
    @Test func `all videos and uploads of somebody are there once, by pages, and nobody else's`() async throws {
        let database = try await migratedDatabase()
        let store = PostgresUploadStore(database: database)
        let (own, other) = (Sample.user(), Sample.user())
        for (user, title) in [(own, "花火"), (own, "../../\"夏\""), (other, "another's")] {
            let (video, upload) = Sample.pair(of: user, details: try Sample.details(title), at: Date())
            _ = try await store.insert(upload, of: video)
        }
        // As many as make a second page.
        try await database.execute(
            """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size, search_text,
                                created_at, updated_at)
            SELECT gen_random_uuid(), \(own.uuid), 'many', '', '{}', 'private', 'ready', 'video/mp4', 1, '', now(), now()
            FROM generate_series(1, 1000)
            """)
        let exporter = PostgresVideoExporter.exporter(database)
        var (place, ids, titles): (String?, [String: Set<String>], Set<String>) = (nil, [:], [])
        repeat {
            let piece = try await exporter.piece(of: own.uuid, from: place)
            let rows = try #require(try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]])
            let found = Set(rows.compactMap { $0["id"] as? String })
            #expect(ids[piece.kind, default: []].isDisjoint(with: found))
            ids[piece.kind, default: []].formUnion(found)
            titles.formUnion(rows.compactMap { $0["title"] as? String })
            // Where bytes are and who may write them are no facts about a person, and open something.
            #expect(rows.allSatisfy { row in !row.keys.contains { $0.hasPrefix("media") || $0.hasPrefix("lease") } })
            place = piece.place
        } while place != nil
        #expect(ids.mapValues(\.count).filter { $0.value > 0 } == ["videos": 1_002, "uploads": 2])
        #expect(titles == ["花火", "../../\"夏\"", "many"])
        await database.close()
    }

    @Test func `what was made of videos is in it, and not who else had to do with it`() async throws {
        let database = try await migratedDatabase()
        let store = PostgresUploadStore(database: database)
        let (own, other) = (Sample.user(), Sample.user())
        var videos: [UUID] = []
        for user in [own, other] {
            let (video, upload) = Sample.pair(of: user, details: try Sample.details("花火"), at: Date())
            _ = try await store.insert(upload, of: video)
            videos.append(video.id.uuid)
        }
        try await judge(videos[1], by: own.uuid, "own", in: database)
        try await judge(videos[0], by: other.uuid, "other's", in: database)
        try await database.execute(
            """
            INSERT INTO moderation_actions (at, actor_id, action, video_id, owner_id)
            VALUES (now(), \(own.uuid), 'appealed', \(videos[0]), \(own.uuid))
            """)
        let exporter = PostgresVideoExporter.exporter(database)
        var (place, text, rows): (String?, String, [String: Int]) = (nil, "", [:])
        repeat {
            let piece = try await exporter.piece(of: own.uuid, from: place)
            let list = try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]]
            rows[piece.kind] = list?.count
            // Who sees the other one's video is nothing to this one.
            if piece.kind == "videos" { #expect(list?.map { $0["shared_with"] as? Int } == [1]) }
            (text, place) = (text + String(decoding: piece.content, as: UTF8.self), piece.place)
        } while place != nil
        #expect(
            rows == [
                "videos": 1, "uploads": 1, "shared-with-me": 1, "playing": 1, "reports": 1, "moderation": 2, "acts": 1,
            ],
            "what it did about its own videos is told once")
        // What others decided about the account's own video is about it; what they reported is theirs.
        for word in ["own report", "other's ruling", "other's removal"] { #expect(text.contains(word), "\(word)") }
        for word in ["other's report", "own ruling", "own removal", other.uuid.lowercased] {
            #expect(!text.contains(word), "\(word)")
        }
        await database.close()
    }

    /// Somebody sees a video, reports it, and takes it down.
    private func judge(_ video: UUID, by account: UUID, _ word: String, in database: PostgresClient) async throws {
        try await database.execute("INSERT INTO video_shares VALUES (\(video), \(account), now())")
        try await database.execute(
            """
            INSERT INTO video_reports (report_id, video_id, reporter_id, reason, reported_at)
            VALUES (gen_random_uuid(), \(video), \(account), \(word + " report"), now())
            """)
        try await database.execute(
            """
            INSERT INTO moderation_actions (at, actor_id, action, video_id, owner_id, reason)
            SELECT now(), \(account), 'removed', id, owner_id, \(word + " ruling") FROM videos WHERE id = \(video)
            """)
        try await database.execute(
            """
            INSERT INTO playback_grants (id, video_id, user_id, session_id, epoch, expires_at)
            VALUES (gen_random_uuid(), \(video), \(account), gen_random_uuid(), 0, now())
            """)
        try await database.execute(
            """
            INSERT INTO video_removals (video_id, reason, removed_by, removed_at, erase_at)
            VALUES (\(video), \(word + " removal"), \(account), now(), now())
            """)
    }

    /// Whoever adds a table that says whose a row is decides here whether it is given.
    @Test func `of every table with something of an account it is said whether it is given`() async throws {
        let database = try await migratedDatabase()
        let tables = try await database.query(
            """
            SELECT DISTINCT table_name::text FROM information_schema.columns WHERE table_schema = 'public'
              AND column_name IN (
                'user_id', 'owner_id', 'viewer_id', 'account_id', 'reporter_id', 'actor_id', 'removed_by', 'decided_by')
            """
        ).decode(String.self)
        // Beside what is given: sums over it, bytes that nobody needs any more, and who is to be erased.
        let kept: Set = ["holdings", "counted_holdings", "abandoned_media", "account_erasures"]
        let given: Set = [
            "videos", "uploads", "video_shares", "video_reports", "video_removals", "moderation_actions",
            "processing_jobs", "playback_grants",
        ]
        #expect(Set(tables) == kept.union(given))
        await database.close()
    }
}
