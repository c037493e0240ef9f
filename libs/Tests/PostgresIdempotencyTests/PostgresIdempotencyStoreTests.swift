import Crypto
import Foundation
import HTTPKit
import PlatformTesting
import Postgres
import Testing

@testable import PostgresIdempotency

@Suite struct PostgresIdempotencyStoreTests {
    /// A database of the test's own, with the table as the services' migrations make it.
    private func database() async throws -> PostgresClient {
        let url = try await TestPostgres.database()
        let database = PostgresClient(PostgresConfiguration(connectionString: url))
        try await database.query(
            """
            CREATE TABLE idempotency_keys (
                caller text NOT NULL, route text NOT NULL, key text NOT NULL, fingerprint text NOT NULL,
                token uuid NOT NULL, effect_id uuid NOT NULL DEFAULT gen_random_uuid(),
                lease_until timestamptz NOT NULL, expires_at timestamptz NOT NULL,
                status integer, fields text[], body bytea,
                PRIMARY KEY (caller, route, key))
            """)
        return database
    }

    @Test(arguments: IdempotencyStoreContract.all)
    func `keeps the contract`(promise: IdempotencyStoreContract) async throws {
        let database = try await database()
        try await promise.check(
            PostgresIdempotencyStore(database: database), advance: IdempotencyStoreContract.aging(database))
        await database.close()
    }

    @Test func `keeps the contract under a key for its fingerprints, which is not in the table`() async throws {
        let database = try await database()
        let key = SymmetricKey(size: .bits256)
        let store = PostgresIdempotencyStore(database: database, fingerprintKey: key)
        for promise in IdempotencyStoreContract.all {
            try await promise.check(store, advance: IdempotencyStoreContract.aging(database))
        }
        let plain = try await database.first("SELECT count(*) FROM idempotency_keys WHERE fingerprint IN ('a', 'b')")
        #expect(try plain?.decode(Int64.self) == 0)
        await database.close()
    }

    @Test func `a sweep takes what is over, however much it is, and nothing else`() async throws {
        let database = try await database()
        try await database.query(
            """
            INSERT INTO idempotency_keys (caller, route, key, fingerprint, token, lease_until, expires_at)
            SELECT 'caller', 'route', n::text, 'f', gen_random_uuid(), now(),
                now() + CASE WHEN n <= 2500 THEN -1 ELSE 60 END * interval '1 second'
            FROM generate_series(1, 2503) n
            """)
        #expect(try await PostgresIdempotencyStore(database: database).sweep() == 2_500)
        #expect(try await database.query("SELECT 1 FROM idempotency_keys").count == 3)
        await database.close()
    }

    @Test func `an account's answers go with it, the one to its making too`() async throws {
        let database = try await database()
        let store = PostgresIdempotencyStore(database: database)
        func hold(_ caller: String) async throws -> IdempotencyHold {
            let key = IdempotencyKey(caller: caller, route: "POST /v1/things", key: "k")
            let claim = try await store.claim(key, fingerprint: "f", lease: .seconds(60), keep: .seconds(60))
            guard case .fresh(let hold) = claim else { throw CancellationError() }
            return hold
        }
        let account = try await hold("address 192.0.2.1").effectID
        _ = try await hold(account.uuidString.lowercased())
        _ = try await hold("somebody else")
        try await database.query(PostgresIdempotencyStore.erasure(of: account))
        let left = try await database.query("SELECT caller FROM idempotency_keys").decode(String.self)
        #expect(left == ["somebody else"])
        await database.close()
    }
}
