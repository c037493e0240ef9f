import DomainKit
import Foundation
import Postgres
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

@Suite("Who may watch what, as replicas are told of it")
struct AccessChangesTests {
    @Test func `each change of who may watch a video is told, whoever made it, and no other`() async throws {
        let database = try await migratedDatabase()
        let changes = RecentAccessChanges(database: database)
        var told = changes.changes().makeAsyncIterator()
        await told.next()  // listening
        let (video, owner) = (UUID(), UUID())
        let key = MediaKey(of: VideoID(video)).text
        try await database.execute(
            """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size,
                search_text, search_title, search_folded, search_terms, created_at, updated_at, version)
            VALUES (\(video), \(owner), 'a', '', '{}', 'public', 'uploading', 'video/mp4', 1, '', '', '', '{}', now(), now(), 1)
            """)
        try await database.execute("UPDATE videos SET state = 'ready' WHERE id = \(video)")
        try await database.execute("UPDATE videos SET title = 'b', visibility = visibility WHERE id = \(video)")
        try await database.execute("INSERT INTO video_shares VALUES (\(video), \(owner), now())")
        #expect(try await changes.all() == [:])

        var marks: Set<Int64> = []
        for (statement, isClosed) in [
            ("UPDATE videos SET visibility = 'private' WHERE true", false), ("DELETE FROM video_shares", false),
            ("UPDATE videos SET state = 'removed'", true), ("UPDATE videos SET state = 'ready'", false),
            ("DELETE FROM videos", true),
        ] as [(SQL, Bool)] {
            try await database.execute(statement)
            await told.next()
            let change = try #require(try await changes.all()[key])
            #expect(change.isClosed == isClosed)
            #expect(marks.insert(change.mark).inserted)
        }
        try await database.execute("UPDATE video_access_changes SET at = at - interval '61 minutes'")
        #expect(try await changes.all() == [:])
        try await database.execute("DELETE FROM video_shares")
        try await changes.sweep()
        #expect(try await count(database) == marks.count)
        try await database.execute("UPDATE video_access_changes SET at = at - interval '1 hour'")
        try await changes.sweep()
        #expect(try await count(database) == 0)
        await database.close()
    }

    @Test func `a change that is committed after a later one is told all the same`() async throws {
        let database = try await migratedDatabase()
        let changes = RecentAccessChanges(database: database)
        let video = UUID()
        let key = MediaKey(of: VideoID(video)).text
        try await database.transaction { early in
            _ = try await early.query("INSERT INTO video_access_changes (video_id) VALUES (\(video))")
            try await database.execute("INSERT INTO video_access_changes (video_id) VALUES (\(video))")
        }
        let both = try #require(try await changes.all()[key])
        try await database.execute(
            "DELETE FROM video_access_changes WHERE change = (SELECT min(change) FROM video_access_changes)")
        #expect(try await changes.all()[key]?.mark != both.mark)
        await database.close()
    }

    private func count(_ database: PostgresClient) async throws -> Int {
        Int(try await database.first("SELECT count(*) FROM video_access_changes")?.decode(Int64.self) ?? -1)
    }
}
