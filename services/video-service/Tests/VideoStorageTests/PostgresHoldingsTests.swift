import DomainKit
import Foundation
import Logging
import PlatformTesting
import Postgres
import Synchronization
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

@Suite("What accounts hold, in PostgreSQL", .serialized)
struct PostgresHoldingsTests {
    @Test(
        arguments: [
            (VideoQuota.uploads, Holdings(uploads: 3, videos: 99, bytes: 999)),
            (.videos, Holdings(uploads: 99, videos: 3, bytes: 999)),
            (.bytes, Holdings(uploads: 99, videos: 99, bytes: 39)),
        ])
    func `of twenty at once that want the last place one gets it`(quota: VideoQuota, limits: Holdings) async throws {
        let database = try await migratedDatabase()
        let (store, holdings) = (
            PostgresUploadStore(database: database), PostgresHoldingStore(database: database)
        )
        let owner = Sample.user()
        for _ in 0..<2 { try await begin(store, of: owner, within: limits) }
        let refusals = try await withThrowingTaskGroup(of: Failure?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        try await begin(store, of: owner, within: limits)
                        return nil
                    } catch let failure as Failure {
                        return failure
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(refusals.count == 19)
        #expect(refusals.allSatisfy { $0.extensions["quota"] == .text(quota.published) })
        #expect(try await holdings.holdings(of: owner) == Holdings(uploads: 3, videos: 3, bytes: 30))
        #expect(try await drifts(database) == 0)
        await database.close()
    }

    @Test func `of twenty repeats of one creation at once all get one upload, and the last place is enough`()
        async throws
    {
        let database = try await migratedDatabase()
        let store = PostgresUploadStore(database: database)
        let pair = Sample.pair(of: Sample.user(), details: try Sample.details(), at: Date())
        let answers = try await withThrowingTaskGroup(of: Upload?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let own = Sample.pair(of: pair.upload.ownerID, details: pair.video.details, at: Date()).upload
                    let upload = Upload(
                        id: own.id, videoID: pair.video.id, ownerID: own.ownerID, media: own.media, size: 10,
                        metadata: nil, createdAt: own.createdAt, expiresAt: own.expiresAt)
                    return try await store.insert(
                        upload, of: pair.video, within: Holdings(uploads: 1, videos: 1, bytes: 10))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map { $0?.id }).count == 1 && answers.allSatisfy { $0 != nil })
        #expect(
            try await PostgresHoldingStore(database: database).holdings(of: pair.upload.ownerID)
                == Holdings(uploads: 1, videos: 1, bytes: 10))
        await database.close()
    }

    @Test func `what an older release stored is counted, and what its replicas go on storing`() async throws {
        let database = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        let (all, log) = (try PostgresMigrations.videoService(), Logger(label: "test"))
        try await PostgresMigrations(Array(all.migrations.filter { $0.name < "0005" })).apply(on: database, logger: log)
        let owner = Sample.user()
        try await storeAsBefore(database, owner, count: 10_000)
        try await all.apply(on: database, logger: log)
        let holdings = PostgresHoldingStore(database: database)
        #expect(try await holdings.holdings(of: owner) == Holdings(uploads: 5_000, videos: 10_000, bytes: 30_000))
        try await storeAsBefore(database, owner, count: 2)
        #expect(try await holdings.holdings(of: owner) == Holdings(uploads: 5_001, videos: 10_002, bytes: 30_006))
        try await database.execute("UPDATE uploads SET state = 'finished' WHERE received = size")
        let some: SQL = "id IN (SELECT id FROM videos ORDER BY id LIMIT 100)"
        try await database.execute("UPDATE videos SET size = size + 1 WHERE \(sql: some)")
        #expect(try await holdings.holdings(of: owner) == Holdings(uploads: 5_001, videos: 10_002, bytes: 30_106))
        let other = Sample.user()
        try await database.execute("UPDATE videos SET owner_id = \(other.uuid) WHERE \(sql: some)")
        #expect(try await holdings.holdings(of: other) == Holdings(uploads: 0, videos: 100, bytes: 400))
        try await database.execute("DELETE FROM videos WHERE \(sql: some)")
        try await database.execute("UPDATE uploads SET state = 'finished' WHERE state = 'uploading'")
        try await database.execute("DELETE FROM videos")
        #expect(try await holdings.holdings(of: owner) == Holdings())
        #expect(try await drifts(database) == 0)
        await database.close()
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `counts are the truth whatever happens at once, connections that are killed too`(seed: UInt64) async throws {
        let database = try await migratedDatabase()
        let owners = [Sample.user(), Sample.user()]
        let limits = Holdings(uploads: 4, videos: 6, bytes: 100)
        let done = try await withThrowingTaskGroup(of: Storm.Tally.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    var storm = Storm(database, owners, limits, seed: seed &* 100 &+ UInt64(worker))
                    return try await storm.rage(rounds: 80)
                }
            }
            return try await group.reduce(into: Storm.Tally()) { $0.add($1) }
        }
        #expect(done.worked > 100 && done.refused > 10 && done.killed > 5, "\(done)")
        #expect(try await drifts(database) == 0)
        for owner in owners {
            let held = try await PostgresHoldingStore(database: database).holdings(of: owner)
            #expect(VideoQuota.allCases.allSatisfy { held[$0] <= limits[$0] }, "\(held)")
        }
        await database.close()
    }

    @Test(arguments: [UInt64(4), 5])
    func `counts are the truth while parts are joined, finished and given up at once`(seed: UInt64) async throws {
        let database = try await migratedDatabase()
        let owners = [Sample.user(), Sample.user()]
        let limits = Holdings(uploads: 9, videos: 9, bytes: 200)
        try await withThrowingTaskGroup(of: Storm.Tally.self) { group in
            for worker in 0..<6 {
                group.addTask {
                    var storm = Storm(
                        database, owners, limits, seed: seed &* 100 &+ UInt64(worker), joinsParts: true)
                    return try await storm.rage(rounds: 80)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await drifts(database) == 0)
        for owner in owners {
            let held = try await PostgresHoldingStore(database: database).holdings(of: owner)
            #expect(held.videos <= 9 && held.bytes <= 200, "\(held)")
        }
        await database.close()
    }

    @Test func `counting begins while replicas of an older release go on, and none of them is refused`() async throws {
        let database = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        let (all, log) = (try PostgresMigrations.videoService(), Logger(label: "test"))
        try await PostgresMigrations(Array(all.migrations.filter { $0.name < "0005" })).apply(on: database, logger: log)
        let (storing, counting) = (Flag(), Flag())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let owner = Sample.user()
                    // A few rounds more when it is there.
                    var roundsLeft = 20
                    while roundsLeft > 0 {
                        if counting.isSet { roundsLeft -= 1 }
                        try await storeAsBefore(database, owner, count: 2)
                        try await takeAwayAsBefore(database, owner)
                        storing.set()
                    }
                }
            }
            group.addTask {
                let patience = PostgresLockPatience(lockTimeout: .seconds(3), tries: 50, pause: .milliseconds(10))
                try await until("rows come and go") { storing.isSet }
                try await all.apply(on: database, locks: patience, logger: log)
                counting.set()
            }
            try await group.waitForAll()
        }
        #expect(try await drifts(database) == 0)
        await database.close()
    }
}

/// Rows as a program stores them that knows of no quotas; every second upload is not finished.
private func storeAsBefore(_ database: PostgresClient, _ owner: UserID, count: Int) async throws {
    try await database.execute(
        """
        WITH made AS (
            INSERT INTO videos (id, owner_id, title, description, tags, visibility, state, content_type, size,
                search_text, created_at, updated_at)
            SELECT gen_random_uuid(), \(owner.uuid), 'x', '', '{}', 'private', 'uploading', 'video/mp4', 3, 'x', now(), now()
            FROM generate_series(1, \(count)) RETURNING id
        )
        INSERT INTO uploads (id, video_id, owner_id, media_key, media_handle, size, received, state, created_at, expires_at)
        SELECT gen_random_uuid(), id, \(owner.uuid), id::text, id::text, 3, 3 * (row_number() OVER () % 2),
            CASE row_number() OVER () % 2 WHEN 0 THEN 'uploading' ELSE 'finished' END, now(), now()
        FROM made
        """)
}

/// Finishes, cancels and deletes as such a program does.
private func takeAwayAsBefore(_ database: PostgresClient, _ owner: UserID) async throws {
    let rows = try await database.query("SELECT id, video_id FROM uploads WHERE owner_id = \(owner.uuid)")
    for (id, video) in try rows.decode((UUID, UUID).self) {
        try await database.execute("UPDATE uploads SET state = 'finished' WHERE id = \(id) AND received = size")
        try await database.execute(
            """
            WITH gone AS (DELETE FROM uploads WHERE id = \(id) RETURNING video_id, state)
            DELETE FROM videos WHERE id IN (SELECT video_id FROM gone WHERE state = 'uploading')
            """)
        try await database.execute("DELETE FROM videos WHERE id = \(video)")
    }
}

@discardableResult
private func begin(_ store: PostgresUploadStore, of owner: UserID, within limits: Holdings) async throws -> Upload? {
    let pair = Sample.pair(of: owner, details: try Sample.details(), size: 10, at: Date())
    return try await store.insert(pair.upload, of: pair.video, within: limits)
}

/// Of how many accounts the counts are not what counting anew says.
private func drifts(_ database: PostgresClient) async throws -> Int64 {
    let row = try await database.first(
        """
        SELECT count(*) FROM holdings AS held FULL JOIN counted_holdings AS counted USING (owner_id)
        WHERE (coalesce(held.uploads, 0), coalesce(held.videos, 0), coalesce(held.bytes, 0))
            <> (coalesce(counted.uploads, 0), coalesce(counted.videos, 0), coalesce(counted.bytes, 0))
        """)
    return try row?.decode(Int64.self) ?? -1
}

/// Something that has happened, for whoever looks now and then.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
