import DomainKit
import Foundation
import PlatformTesting
import Postgres
import Synchronization
import Testing
import VideoDomain
import VideoTestKit

@testable import VideoStorage

@Suite("Processing jobs in PostgreSQL", .serialized)
struct PostgresJobTests {
    typealias Contract = JobStoreContract<PostgresJobStore>

    @Test("keep the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        let database = try await migratedDatabase()
        let videos = PostgresVideoStore(database: database)
        let check = try #require(Contract.checks.first { $0.name == name })
        let viewers = Mutex<[VideoID: UserID]>([:])
        try await check.run(
            Contract(
                jobs: PostgresJobStore(database: database),
                ready: { id, owner, size in
                    viewers.withLock { $0[id] = owner }
                    try await Self.makeReady(id, of: owner, size: size, database)
                },
                takeDown: { try await database.execute("UPDATE videos SET state = 'removed' WHERE id = \($0.uuid)") },
                remove: { try await database.execute("DELETE FROM videos WHERE id = \($0.uuid)") },
                shown: { id in
                    let owner = viewers.withLock { $0[id] } ?? Sample.user()
                    return try await videos.find(id, visibleTo: Viewer(owner))?.processing
                }))
        await database.close()
    }

    private static func makeReady(
        _ id: VideoID, of owner: UserID, size: Int64 = 10, _ database: PostgresClient
    ) async throws {
        let video = Video(
            id: id, ownerID: owner, details: try Sample.details(), state: .uploading, contentType: .unknown,
            filename: nil, size: size, createdAt: Date(), updatedAt: Date())
        if try await database.first(VideoQueries.exists(id)) == nil {
            try await database.query(VideoQueries.insert(video))
        }
        try await database.execute("UPDATE videos SET state = 'ready' WHERE id = \(id.uuid)")
    }

    @Test func `whatever makes a video ready puts it into the line, as a replica of before does`() async throws {
        let database = try await migratedDatabase()
        let (uploads, jobs) = (PostgresUploadStore(database: database), PostgresJobStore(database: database))
        // As they are finished: at once, in parts that are joined, and in numbered ones; and as no film.
        for state in ["uploading", "joining", "completing"] {
            let pair = Sample.pair(of: Sample.user(), details: try Sample.details(), at: .init())
            _ = try await uploads.insert(pair.upload, of: pair.video)
            try await database.execute(
                "UPDATE uploads SET received = size, state = \(state) WHERE id = \(pair.upload.id.uuid)")
            #expect(try await jobs.claim(for: .seconds(60), mostTries: 3) == nil)
            _ = try await uploads.finish(pair.upload.id, of: Sample.film, at: .init())
            #expect(try await jobs.claim(for: .seconds(60), mostTries: 3)?.videoID == pair.video.id)
        }
        // One that comes ready, as from a backup.
        try await database.execute("ALTER TABLE videos DISABLE TRIGGER USER")
        try await database.execute("ALTER TABLE videos ENABLE TRIGGER videos_that_come_ready")
        try await database.execute(
            """
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size, search_text,
                created_at, updated_at)
            SELECT gen_random_uuid(), owner_id, title, description, tags, visibility, state, content_type, size, search_text,
                created_at, updated_at FROM videos WHERE state = 'ready'
            """)
        try await database.execute("ALTER TABLE videos ENABLE TRIGGER USER")
        for _ in 0..<3 { #expect(try await jobs.claim(for: .seconds(60), mostTries: 3) != nil) }
        let pair = Sample.pair(of: Sample.user(), details: try Sample.details(), at: .init())
        _ = try await uploads.insert(pair.upload, of: pair.video)
        try await database.execute("UPDATE uploads SET received = size WHERE id = \(pair.upload.id.uuid)")
        _ = try await uploads.finish(pair.upload.id, of: .no(.unknownContainer), at: .init())
        #expect(try await jobs.claim(for: .seconds(60), mostTries: 3) == nil)
        await database.close()
    }

    @Test func `of many workers at once each gets another job, and all are done`() async throws {
        let database = try await migratedDatabase()
        for _ in 0..<50 { try await Self.makeReady(VideoID(UUID()), of: Sample.user(), database) }
        let jobs = PostgresJobStore(database: database)
        let done = try await withThrowingTaskGroup(of: [VideoID].self) { group in
            for _ in 0..<10 {
                group.addTask {
                    var done: [VideoID] = []
                    while let job = try await jobs.claim(for: .seconds(60), mostTries: 3) {
                        if try await jobs.finish(job, .sample, []) { done.append(job.videoID) }
                    }
                    return done
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(done.count == 50 && Set(done).count == 50)
        await database.close()
    }

    @Test func `taking a job looks along the line, and in no video but those it passes`() async throws {
        let database = try await migratedDatabase()
        try await database.execute("ALTER TABLE processing_jobs DROP CONSTRAINT processing_jobs_video_id_fkey")
        try await database.execute(
            """
            INSERT INTO processing_jobs (video_id, owner_id, turn, state)
            SELECT gen_random_uuid(), gen_random_uuid(), now() + n * interval '1 s', CASE WHEN n % 10 = 0 THEN 'queued' ELSE 'done' END
            FROM generate_series(1, 20000) AS n
            """)
        try await database.execute("ANALYZE processing_jobs")
        let claiming = try await plan(JobQueries.claim(for: .seconds(1), mostTries: 3), database)
        #expect(claiming.contains("processing_jobs_in_line") && !claiming.contains("Seq Scan"), "\(claiming)")
        #expect(!claiming.contains("Sort"), "\(claiming)")
        let queueing = try await plan(
            "SELECT max(turn) FROM processing_jobs WHERE owner_id = \(UUID()) AND state = 'queued'", database)
        #expect(queueing.contains("processing_jobs_of_owner"), "\(queueing)")
        let aside = try await plan(JobQueries.setAside(limit: 10), database)
        #expect(aside.contains("processing_jobs_set_aside"), "\(aside)")
        await database.close()
    }

    private func plan(_ statement: SQL, _ database: PostgresClient) async throws -> String {
        try await database.query("EXPLAIN \(sql: statement)").map { try $0[0, as: String.self] }.joined(separator: "\n")
    }

    @Test func `videos of before are put into the line, each owner's in the order they came`() async throws {
        let database = try await migratedDatabase()
        let owner = Sample.user()
        var ids: [VideoID] = []
        for _ in 0..<3 {
            let id = VideoID(UUID())
            ids.append(id)
            try await Self.makeReady(id, of: owner, database)
        }
        // As before the migration.
        try await database.execute("DELETE FROM processing_jobs")
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources/VideoStorage/Migrations/0029_videos_of_before.sql")
        try await database.execute(SQL(stringLiteral: try String(contentsOf: file, encoding: .utf8)))
        let jobs = PostgresJobStore(database: database)
        for id in ids { #expect(try await jobs.claim(for: .seconds(60), mostTries: 3)?.videoID == id) }
        await database.close()
    }

    @Test func `what is made and not shown is noted to be removed, by what says that it is not`() async throws {
        let database = try await migratedDatabase()
        let (jobs, id, owner) = (PostgresJobStore(database: database), VideoID(UUID()), Sample.user())
        try await Self.makeReady(id, of: owner, database)
        func claim(_ life: Duration = .seconds(60)) async throws -> ProcessingJob {
            try #require(try await jobs.claim(for: life, mostTries: 3))
        }
        /// As whoever has it now knows it.
        func held() async throws -> ProcessingJob {
            let row = try await database.first("SELECT claims FROM processing_jobs WHERE is_held")
            return ProcessingJob(videoID: id, size: 10, claim: try #require(try row?.decode(Int64.self)), tries: 1)
        }
        func noted() async throws -> [String] {
            let rows = try await database.query("DELETE FROM abandoned_media RETURNING media_key, owner_id")
            return try rows.decode((String, UUID).self).map {
                #expect($1 == owner.uuid)
                return $0.replacing("renditions/\(id)/", with: "")
            }
        }
        _ = try await claim(.zero)
        #expect(try await noted() == [])
        let second = try await claim()
        #expect(try await noted() == ["1/"], "of whoever died")
        _ = try await jobs.giveBack(second)
        #expect(try await noted() == ["2/"])
        _ = try await jobs.finish(try await claim(), .sample, [.poster])
        #expect(try await noted() == [], "what is shown stays")
        _ = try await jobs.retry(id)
        _ = try await jobs.finish(try await claim(), .sample, [.poster])
        #expect(try await noted() == ["3/"], "until the next is shown")
        _ = try await jobs.retry(id)
        _ = try await jobs.skip(try await claim(), .unreadable, nil)
        #expect(try await noted() == ["5/"])
        _ = try await jobs.retry(id)
        _ = try await jobs.postpone(try await claim(), for: .zero, fault: "x")
        _ = try await jobs.postpone(try await claim(), for: nil, fault: "x")
        #expect(try await noted().sorted() == ["6/", "7/"])
        let shown = try await PostgresVideoStore(database: database).find(id, visibleTo: Viewer(owner))?.processing
        #expect(shown?.shown == Shown(claim: 4, made: [.poster]), "what was shown is, whatever came later")
        _ = try await jobs.retry(id)
        let eighth = try await claim(.zero)
        _ = try await jobs.show(eighth, .sample, [.poster])
        #expect(try await noted() == ["4/"], "what is shown so far takes its place")
        _ = try await claim()
        #expect(try await noted() == [], "and stays when its worker dies")
        let whole: Set<Made> = [.poster, .ladder]
        _ = try await jobs.finish(try await held(), .sample, whole)
        #expect(try await noted() == ["8/"])
        _ = try await jobs.retry(id)
        _ = try await jobs.show(try await claim(.zero), .sample, [.poster])
        #expect(try await noted() == [], "what is watched stays, whatever is made anew")
        _ = try await claim()
        #expect(try await noted() == ["10/"], "and that goes when its worker dies")
        _ = try await jobs.finish(try await held(), .sample, whole)
        let wait = try await database.first(
            "SELECT retry_at > now() + interval '23 hours' FROM abandoned_media WHERE media_key LIKE '%/9/'")
        #expect(try wait?.decode(Bool.self) == true, "what was watched goes once nobody has an address of it")
        _ = try await jobs.retry(id)
        _ = try await claim()
        try await database.execute("DELETE FROM videos WHERE id = \(id.uuid)")
        let due = try await database.query("SELECT retry_at <= now() FROM abandoned_media ORDER BY 1")
        #expect(try due.map { try $0[0, as: Bool.self] } == [false, true], "and once more when its worker has stopped")
        #expect(try await noted() == ["", ""])
        await database.close()
    }

    @Test func `whoever waits for something to do is told of it`() async throws {
        let database = try await migratedDatabase()
        let arrivals = PostgresJobStore(database: database).arrivals(orEvery: .seconds(600))
        var waiting = arrivals.makeAsyncIterator()
        await waiting.next()  // it listens
        try await Self.makeReady(VideoID(UUID()), of: Sample.user(), database)
        let told: Void? = await waiting.next()
        #expect(told != nil)
        await database.close()
    }
}
