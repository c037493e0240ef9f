import Crypto
import DomainKit
import Foundation
import HTTPKit
import Logging
import PlatformTesting
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct KeptAnswersTests {
    let key = IdempotencyKey(caller: "address 192.0.2.1", route: "POST /v1/users", key: "k")

    func sealing() throws -> KeyEncryptionKey {
        try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
    }

    func claim(_ database: PostgresClient, _ fingerprint: String = "f") async throws -> IdempotencyClaim {
        try await KeptAnswers.store(in: database, under: sealing())
            .claim(key, fingerprint: fingerprint, lease: .seconds(60), keep: .seconds(86_400))
    }

    @Test(arguments: IdempotencyStoreContract.all)
    func `keeps the contract`(promise: IdempotencyStoreContract) async throws {
        try await TestDatabase.with { database in
            try await promise.check(
                KeptAnswers.store(in: database, under: sealing()),
                advance: IdempotencyStoreContract.aging(database, table: KeptAnswers.table))
        }
    }

    @Test func `an erased account takes the answer to its sign-up along, kept or not yet`() async throws {
        try await TestDatabase.with { database in
            guard case .fresh(let hold) = try await claim(database) else { throw CancellationError() }
            var user = try User.sample()
            user = User(
                id: UserID(hold.effectID), email: user.email, displayName: user.displayName, createdAt: user.createdAt,
                updatedAt: user.updatedAt)
            let accounts = PostgresAccounts(database: database)
            _ = try await accounts.insert(user, hash: PasswordHash(phc: "$1"))
            #expect(try await accounts.erase(user.id, ifVersion: 2) == .stale)
            #expect(try await database.query("SELECT 1 FROM kept_answers").count == 1)
            #expect(try await accounts.erase(user.id, ifVersion: 1) == .made(user))
            #expect(try await database.query("SELECT 1 FROM kept_answers").count == 0)
        }
    }

    @Test func `an answer that an older version kept is given, and goes with its account`() async throws {
        let client = PostgresClient(PostgresConfiguration(connectionString: try await TestPostgres.database()))
        let (all, logger) = (try PostgresMigrations.userService(), Logger(label: "test"))
        let before = PostgresMigrations(all.migrations.filter { $0.name < "0005" })
        try await before.apply(on: client, logger: logger)
        let accounts = PostgresAccounts(database: client)
        let user = try User.sample()
        let mark = try HMAC<SHA256>.authenticationCode(
            for: Data("f".utf8), using: sealing().derived(for: "idempotency fingerprint"))
        try await client.query(
            """
            INSERT INTO idempotency_keys VALUES
                (\(key.caller), \(key.route), \(key.key), \(Data(mark)), gen_random_uuid(), now(),
                 now() + interval '1 hour', 201, '{Location,here}', 'body', \("/v1/users/\(user.id)"))
            """)
        try await all.apply(on: client, logger: logger)
        let answer = StoredAnswer(
            status: 201, fields: [.init(name: "Location", value: "here")], body: Array("body".utf8))
        #expect(try await claim(client) == .done(answer))
        #expect(try await claim(client, "g") == .mismatch)
        _ = try await accounts.insert(user, hash: PasswordHash(phc: "$1"))
        _ = try await accounts.erase(user.id, ifVersion: 1)
        for table: SQL in ["kept_answers", "idempotency_keys"] {
            #expect(try await client.query("SELECT 1 FROM \(sql: table)").count == 0)
        }
        await client.close()
    }
}
