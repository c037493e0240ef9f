import DomainKit
import Foundation
import Logging
import PlatformTesting
import Postgres
import PostgresIdempotency
import Testing
import VideoDomain
import VideoStorage
import VideoTestKit

@Suite("The library in PostgreSQL", .serialized)
struct PostgresLibraryTests {
    typealias Contract = LibraryContract<PostgresVideoStore, PostgresUploadStore, PostgresAbandonedMediaStore>

    @Test("keeps the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        let database = try await migratedDatabase()
        let check = try #require(Contract.checks.first { $0.name == name })
        try await check.run(
            LibraryContract(
                videos: PostgresVideoStore(database: database), uploads: PostgresUploadStore(database: database),
                notes: PostgresAbandonedMediaStore(database: database),
                holdings: PostgresHoldingStore(database: database), shares: PostgresShareStore(database: database),
                removals: PostgresRemovalStore(database: database), reports: PostgresReportStore(database: database)
            ) { account in
                try await database.execute(
                    "INSERT INTO account_erasures (user_id, position) VALUES (\(account.uuid), '1')")
            })
        await database.close()
    }

    @Test(arguments: IdempotencyStoreContract.all)
    func `idempotency keys keep the contract`(_ promise: IdempotencyStoreContract) async throws {
        let database = try await migratedDatabase()
        try await promise.check(
            PostgresIdempotencyStore(database: database), advance: IdempotencyStoreContract.aging(database))
        await database.close()
    }

    @Test func `of many claims at once exactly one is granted`() async throws {
        let database = try await migratedDatabase()
        let store = PostgresUploadStore(database: database)
        let (video, upload) = Sample.pair(of: Sample.user(), details: try Sample.details(), at: .init())
        _ = try await store.insert(upload, of: video)
        let granted = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    let lease = Lease(token: .init(), life: .seconds(60))
                    let claim = try await store.claim(upload.id, of: upload.ownerID, at: 0, lease)
                    if case .granted = claim { return true }
                    return false
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(granted == 1)
        await database.close()
    }

    @Test func `a row this version cannot read, or would not take, costs itself and not the list`() async throws {
        let database = try await migratedDatabase()
        let (videos, uploads) = (PostgresVideoStore(database: database), PostgresUploadStore(database: database))
        let owner = Sample.user()
        var ids: [VideoID] = []
        for seconds in 0..<6 {
            var pair = Sample.pair(
                of: owner, details: try Sample.details(), at: Date(timeIntervalSince1970: Double(seconds)))
            pair.video.state = .ready
            _ = try await uploads.insert(pair.upload, of: pair.video)
            ids.insert(pair.video.id, at: 0)
        }
        try await database.execute("ALTER TABLE videos DROP CONSTRAINT videos_visibility_check")
        try await database.execute("UPDATE videos SET visibility = 'friends' WHERE id = \(ids[1].uuid)")
        try await database.execute("ALTER TABLE videos DROP CONSTRAINT videos_state_check")
        try await database.execute("UPDATE videos SET state = 'dreaming' WHERE id = \(ids[2].uuid)")
        let long = String(repeating: "a", count: 54)
        try await database.execute(
            "UPDATE videos SET tags = ARRAY[\(long)], title = '', filename = 'a/b' WHERE id = \(ids[4].uuid)")
        let query = try VideoQuery(viewer: Viewer(owner), owner: owner)
        var (seen, after): ([VideoID], Cursor?) = ([], nil)
        repeat {
            let page = try await videos.list(query, PageRequest(limit: 2, after: after))
            seen += page.items.map(\.id)
            after = page.next
        } while after != nil
        #expect(seen == [ids[0], ids[3], ids[4], ids[5]])
        #expect(try await videos.find(ids[1], visibleTo: Viewer(owner)) == nil)
        let odd = try #require(try await videos.find(ids[4], visibleTo: Viewer(owner)))
        #expect(odd.details.tags.texts == [long])
        #expect(try await videos.delete(odd.id, version: odd.version).value != nil)
        await database.close()
    }

    @Test func `of finishing and cancelling at once one happens, and both are told the same`() async throws {
        let database = try await migratedDatabase()
        let (videos, store) = (PostgresVideoStore(database: database), PostgresUploadStore(database: database))
        for _ in 0..<100 {
            let pair = try await received(store)
            async let finishing = store.finish(pair.upload.id, of: Sample.film, at: .init())
            async let cancelling = store.cancel(pair.upload.id, of: pair.upload.ownerID)
            let (finished, cancelled) = (try await finishing, try await cancelling)
            let video = try await videos.find(pair.video.id, visibleTo: Viewer(pair.upload.ownerID))
            switch cancelled {
            case .done: #expect(video == nil)
            case .finished: #expect(video?.state == .ready && finished?.state == .finished)
            case .absent: Issue.record("nobody else removed it")
            }
        }
        await database.close()
    }

    @Test func `deleting a video while it is finished, swept or cancelled stops nobody`() async throws {
        let database = try await migratedDatabase()
        let (videos, store) = (PostgresVideoStore(database: database), PostgresUploadStore(database: database))
        for _ in 0..<100 {
            let pair = try await received(store)
            async let finishing = store.finish(pair.upload.id, of: Sample.film, at: .init())
            async let deleting = videos.delete(pair.video.id, version: 1)
            async let cancelling = store.cancel(pair.upload.id, of: pair.upload.ownerID)
            async let sweeping = store.removeExpired(pair.upload.id, at: .distantFuture)
            _ = try await (finishing, deleting, cancelling, sweeping)
            let left = try await videos.find(pair.video.id, visibleTo: Viewer(pair.upload.ownerID))
            #expect(left.map { $0.state == .ready } ?? true, "what is left is whole")
        }
        await database.close()
    }

    @Test func `turns exclude each other and end by themselves`() async throws {
        let database = try await migratedDatabase()
        let turns = PostgresSweepTurns(database: database)
        let (first, second) = (UUID(), UUID())
        #expect(try await turns.take(first, for: .seconds(60)))
        #expect(try await turns.take(first, for: .seconds(60)))
        #expect(try await !turns.take(second, for: .seconds(60)))
        try await turns.giveBack(second)
        #expect(try await !turns.take(second, for: .seconds(60)))
        try await turns.giveBack(first)
        #expect(try await turns.take(second, for: .zero))
        #expect(try await turns.take(first, for: .seconds(60)))
        await database.close()
    }

    /// An upload with all its bytes, not finished.
    private func received(_ store: PostgresUploadStore) async throws -> (video: Video, upload: Upload) {
        let pair = Sample.pair(of: Sample.user(), details: try Sample.details(), at: .init())
        _ = try await store.insert(pair.upload, of: pair.video)
        let lease = Lease(token: .init(), life: .seconds(60))
        _ = try await store.claim(pair.upload.id, of: pair.upload.ownerID, at: 0, lease)
        _ = try await store.record(10, of: pair.upload.id, lease, expiresAt: pair.upload.expiresAt, releasing: true)
        return pair
    }

    @Test func `a database that is away is unavailable, and back again without more ado`() async throws {
        let server = try await TestPostgres.start()
        let url = try await server.createDatabase()
        let database = PostgresClient(PostgresConfiguration(connectionString: url))
        try await PostgresMigrations.videoService().apply(on: database, logger: Logger(label: "test"))
        let store = PostgresVideoStore(database: database)
        let user = Sample.viewer()
        #expect(try await store.find(VideoID(.init()), visibleTo: user) == nil)
        try await server.stop()
        let failure = await #expect(throws: Failure.self) {
            try await store.find(VideoID(.init()), visibleTo: user)
        }
        #expect(failure?.kind == .unavailable)
        try await server.start()
        #expect(try await store.find(VideoID(.init()), visibleTo: user) == nil)
        await database.close()
    }
}

/// A fresh database at this version.
func migratedDatabase() async throws -> PostgresClient {
    let database = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
    try await PostgresMigrations.videoService().apply(on: database, logger: Logger(label: "test"))
    return database
}
