import DomainKit
import Foundation
import HTTPKit
import PlatformTesting
import Logging
import Postgres
import Testing
import UserDomain
import UserTestKit

@testable import UserStorage

@Suite struct PostgresIdempotencyStoreTests {
    @Test(arguments: IdempotencyStoreContract.all)
    func `keeps the contract`(promise: IdempotencyStoreContract) async throws {
        try await TestDatabase.with { database in
            let clock = StandingClock(Date())
            let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
            let store = PostgresIdempotencyStore(database: database, key: key, clock: clock)
            try await promise.check(store) { clock.advance(by: $0 / .seconds(1)) }
        }
    }

    @Test func `an erased account takes the kept answer to its sign-up along`() async throws {
        try await TestDatabase.with { database in
            let key = try #require(KeyEncryptionKey(bytes: Data(repeating: 7, count: 32)))
            let store = PostgresIdempotencyStore(database: database, key: key)
            let accounts = PostgresAccounts(database: database)
            let user = try User.sample()
            _ = try await accounts.insert(user, hash: PasswordHash(phc: "$1"))
            let call = IdempotencyKey(caller: "address 192.0.2.1", route: "POST /v1/users", key: "k")
            guard
                case .fresh(let hold) = try await store.claim(
                    call, fingerprint: "f", lease: .seconds(60), keep: .seconds(86_400))
            else { throw BrokenPromise(description: "a first claim is fresh") }
            let answer = StoredAnswer(
                status: 201, fields: [.init(name: "Location", value: "/v1/users/\(user.id)")],
                body: Array(user.email.description.utf8))
            try await store.complete(call, token: hold.token, answer: answer)
            #expect(try await database.query("SELECT 1 FROM idempotency_keys").count == 1)
            #expect(try await accounts.erase(user.id, ifVersion: 1) == .made(user))
            #expect(try await database.query("SELECT 1 FROM idempotency_keys").count == 0)
        }
    }
}
