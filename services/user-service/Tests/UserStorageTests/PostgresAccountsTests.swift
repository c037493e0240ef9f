import DomainKit
import Foundation
import Logging
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

/// A fresh database with the service's tables.
struct TestDatabase {
    let url: String
    let client: PostgresClient

    init() async throws {
        url = try await TestPostgres.database()
        client = PostgresClient(PostgresConfiguration(connectionString: url))
        try await PostgresMigrations(directory: Migrations.directory).apply(on: client, logger: Logger(label: "test"))
    }

    static func with<Value>(_ body: (PostgresClient) async throws -> Value) async throws -> Value {
        let database = try await TestDatabase()
        do {
            let value = try await body(database.client)
            await database.client.close()
            return value
        } catch {
            await database.client.close()
            throw error
        }
    }
}

/// What `body` returns as soon as it does not throw unavailable any more.
func eventually<Value>(_ body: () async throws -> Value) async throws -> Value {
    while true {
        do {
            return try await body()
        } catch let failure as Failure where failure.kind == .unavailable {
            await Task.yield()
        }
    }
}

@Suite struct PostgresAccountsTests {
    func users(_ body: (UserStoreContract) async throws -> Void) async throws {
        try await TestDatabase.with { try await body(UserStoreContract(PostgresAccounts(database: $0))) }
    }

    func sessions(_ body: (SessionStoreContract) async throws -> Void) async throws {
        try await TestDatabase.with { try await body(SessionStoreContract(PostgresAccounts(database: $0))) }
    }

    @Test func `keeps what was inserted`() async throws { try await users { try await $0.keepsWhatWasInserted() } }
    @Test func `gives an address to one account`() async throws {
        try await users { try await $0.givesAnAddressToOneAccount() }
    }
    @Test func `updates the version it was told of`() async throws {
        try await users { try await $0.updatesTheVersionItWasToldOf() }
    }
    @Test func `replaces a hash once`() async throws { try await users { try await $0.replacesAHashOnce() } }
    @Test func `erases all there is`() async throws { try await users { try await $0.erasesAllThereIs() } }
    @Test func `grants what was opened`() async throws { try await sessions { try await $0.grantsWhatWasOpened() } }
    @Test func `rotates a chain once`() async throws { try await sessions { try await $0.rotatesAChainOnce() } }
    @Test func `lets one of many rotate`() async throws { try await sessions { try await $0.letsOneOfManyRotate() } }
    @Test func `lists the newest first`() async throws { try await sessions { try await $0.listsTheNewestFirst() } }
    @Test func `ends only the owner's sessions`() async throws {
        try await sessions { try await $0.endsOnlyTheOwnersSessions() }
    }
    @Test func `bounds the sessions of a user`() async throws {
        try await sessions { try await $0.boundsTheSessionsOfAUser() }
    }
    @Test func `revokes and records`() async throws {
        try await TestDatabase.with { database in
            try await SessionStoreContract(PostgresAccounts(database: database)).revokesAndRecords()
            let kinds = try await database.query("SELECT kind FROM security_events").decode(String.self)
            #expect(kinds == ["refresh-token-reused"])
        }
    }

    @Test func `fifty refreshes at once give one successor on two replicas`() async throws {
        let database = try await TestDatabase()
        let replicas = [database.client, PostgresClient(PostgresConfiguration(connectionString: database.url))]
        let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
        let stores = replicas.map { PostgresAccounts(database: $0) }
        let user = try User.sample()
        try await stores[0].insert(user, hash: PasswordHash(phc: "$1"))
        let secrets = HMACRefreshSecrets(key)
        let (secret, now) = (secrets.first(), Date())
        let session = Session.sample(of: user.id, at: now)
        try await stores[0].open(session, chain: RefreshChain(first: secret, secrets: secrets))
        let token = RefreshToken(session: session.id, generation: 0, secret: secret)
        let successors = try await withThrowingTaskGroup { group in
            for index in 0..<50 {
                let refresh = RefreshSession(
                    sessions: stores[index % 2], tokens: PlainTokens(), secrets: HMACRefreshSecrets(key),
                    rules: SessionRules(), ids: SystemIDSource(), clock: SystemWallClock())
                group.addTask { try await refresh(token.description, device: Device()).refresh }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(successors.count == 1)
        #expect(try await stores[1].grant(session.id)?.chain.generation == 1)
        for replica in replicas { await replica.close() }
    }

    @Test func `a database that is away is unavailable, and comes back without a restart`() async throws {
        // What was committed must survive the kill.
        let server = try await TestPostgres.start(settings: ["synchronous_commit = on"])
        let client = PostgresClient(PostgresConfiguration(connectionString: try await server.createDatabase()))
        try await PostgresMigrations(directory: Migrations.directory).apply(on: client, logger: Logger(label: "test"))
        let store = PostgresAccounts(database: client)
        let user = try User.sample()
        try await store.insert(user, hash: PasswordHash(phc: "$1"))
        try await server.kill()
        let failure = await #expect(throws: Failure.self) { try await store.user(user.id) }
        #expect(failure?.kind == .unavailable && failure?.code == "platform.unavailable")
        try await server.start()
        #expect(try await eventually { try await store.user(user.id) } == user)
        await client.close()
    }
}
