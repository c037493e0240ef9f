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
                notes: PostgresAbandonedMediaStore(database: database)))
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
        try await store.insert(upload, of: video)
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

    @Test func `a database that is away is unavailable, and back again without more ado`() async throws {
        let server = try await TestPostgres.start()
        let url = try await server.createDatabase()
        let database = PostgresClient(PostgresConfiguration(connectionString: url))
        try await VideoMigrations.load().apply(on: database, logger: Logger(label: "test"))
        let store = PostgresVideoStore(database: database)
        let user = Sample.user()
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
    try await VideoMigrations.load().apply(on: database, logger: Logger(label: "test"))
    return database
}
