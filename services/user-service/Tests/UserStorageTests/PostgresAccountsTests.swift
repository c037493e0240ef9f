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
        try await PostgresMigrations.userService().apply(on: client, logger: Logger(label: "test"))
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

extension KeyEncryptionKey {
    /// One that is in no setting.
    static func sample(_ byte: UInt8 = 7) -> KeyEncryptionKey {
        guard let key = KeyEncryptionKey(bytes: Data(repeating: byte, count: 32)) else {
            preconditionFailure("32 bytes are a key")
        }
        return key
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
    @Test func `answers a repeat with the first result`() async throws {
        try await users { try await $0.answersARepeatWithTheFirstResult() }
    }
    @Test func `finds an address stored in another form`() async throws {
        try await users { try await $0.findsAnAddressStoredInAnotherForm() }
    }
    @Test func `renames the version it was told of`() async throws {
        try await users { try await $0.renamesTheVersionItWasToldOf() }
    }
    @Test func `changes a password with its sessions`() async throws {
        try await users { try await $0.changesAPasswordWithItsSessions() }
    }
    @Test func `appoints an admin`() async throws { try await users { try await $0.appointsAnAdmin() } }
    @Test func `erases all there is`() async throws { try await users { try await $0.erasesAllThereIs() } }
    @Test func `grants what was opened`() async throws { try await sessions { try await $0.grantsWhatWasOpened() } }
    @Test func `opens for the hash that was checked`() async throws {
        try await sessions { try await $0.opensForTheHashThatWasChecked() }
    }
    @Test func `shows a password again`() async throws { try await sessions { try await $0.showsAPasswordAgain() } }
    @Test func `knows a device again`() async throws { try await sessions { try await $0.knowsADeviceAgain() } }
    @Test func `rotates a chain once`() async throws { try await sessions { try await $0.rotatesAChainOnce() } }
    @Test func `lets one of many rotate`() async throws { try await sessions { try await $0.letsOneOfManyRotate() } }
    @Test func `lists the newest first`() async throws { try await sessions { try await $0.listsTheNewestFirst() } }
    @Test func `ends only the owner's sessions`() async throws {
        try await sessions { try await $0.endsOnlyTheOwnersSessions() }
    }
    @Test func `bounds the sessions of a user`() async throws {
        try await sessions { try await $0.boundsTheSessionsOfAUser() }
    }
    @Test func `bounds the devices of a user`() async throws {
        try await sessions { try await $0.boundsTheDevicesOfAUser() }
    }
    @Test func `revokes and records once`() async throws {
        try await TestDatabase.with { database in
            try await SessionStoreContract(PostgresAccounts(database: database)).revokesAndRecords()
            let kinds = try await database.query("SELECT kind FROM security_events").decode(String.self)
            #expect(kinds == ["refresh_token_reused"])
        }
    }

    @Test func `a role that a newer version made up gives no rights, and stays through changes`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
            try await database.execute("UPDATE users SET roles = ARRAY['user', 'wizard']")
            #expect(try await accounts.user(user.id) == user)
            _ = try await accounts.rename(user.id, to: DisplayName("次郎"), at: Date(), ifVersion: 1)
            let known = try #require(try await accounts.credentials(of: user.id))
            _ = try await accounts.appointAdmin(known, newHash: nil, at: Date())
            let roles = try await database.first("SELECT roles FROM users")?.decode([String].self)
            #expect(roles == ["admin", "user", "wizard"])
        }
    }

    @Test func `what older rules took is read, renamed and erased`() async throws {
        try await TestDatabase.with { database in
            let accounts = PostgresAccounts(database: database)
            let user = try await accounts.insert(.sample(), hash: PasswordHash(phc: "$1"))
            try await database.execute("UPDATE users SET display_name = E'a\\u202Eb\\n', email = 'no address'")
            let old = try #require(try await accounts.user(user.id))
            #expect(old.displayName.description == "a\u{202E}b\n" && old.email.description == "no address")
            let name = try DisplayName("次郎")
            var renamed = old
            (renamed.displayName, renamed.version, renamed.updatedAt) = (name, 2, user.updatedAt)
            #expect(
                try await accounts.rename(user.id, to: name, at: user.updatedAt, ifVersion: 1) == .made(renamed))
            #expect(try await accounts.erase(user.id, ifVersion: 2) == .made(renamed))
        }
    }

    @Test func `fifty refreshes at once give one successor on two replicas`() async throws {
        let database = try await TestDatabase()
        let replicas = [database.client, PostgresClient(PostgresConfiguration(connectionString: database.url))]
        let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
        let stores = replicas.map { PostgresAccounts(database: $0) }
        let user = try User.sample()
        _ = try await stores[0].insert(user, hash: PasswordHash(phc: "$1"))
        let secrets = HMACRefreshSecrets(key)
        let secret = secrets.first()
        let session = SessionOpening.sample(of: user.id, chain: RefreshChain(first: secret, secrets: secrets))
        #expect(try await stores[0].open(session))
        let token = RefreshToken(session: session.id, generation: 0, secret: secret)
        let successors = try await withThrowingTaskGroup { group in
            for index in 0..<50 {
                let refresh = RefreshSession(
                    sessions: stores[index % 2], tokens: PlainTokens(), secrets: HMACRefreshSecrets(key),
                    rules: SessionRules(), clock: SystemWallClock())
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
        try await PostgresMigrations.userService().apply(on: client, logger: Logger(label: "test"))
        let store = PostgresAccounts(database: client)
        let user = try User.sample()
        _ = try await store.insert(user, hash: PasswordHash(phc: "$1"))
        try await server.kill()
        let failure = await #expect(throws: Failure.self) { try await store.user(user.id) }
        #expect(failure?.kind == .unavailable && failure?.code == "platform.unavailable")
        try await server.start()
        #expect(try await eventually { try await store.user(user.id) } == user)
        await client.close()
    }
}
