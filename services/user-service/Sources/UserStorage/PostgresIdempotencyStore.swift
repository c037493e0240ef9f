import Crypto
public import DomainKit
public import Foundation
public import HTTPKit
public import Postgres

/// `Idempotency-Key` in PostgreSQL: one row a call, claimed by whoever inserts it or takes it over when its lease or
/// its time is over.
public struct PostgresIdempotencyStore: IdempotencyStore {
    private let database: PostgresClient
    private let key: SymmetricKey
    private let clock: any WallClock

    public init(database: PostgresClient, key: KeyEncryptionKey, clock: any WallClock = SystemWallClock()) {
        self.database = database
        self.key = key.derived(for: "idempotency fingerprint")
        self.clock = clock
    }

    public func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim {
        let now = clock.now
        let token = UUID()
        let mark = Data(HMAC<SHA256>.authenticationCode(for: Data(fingerprint.utf8), using: self.key))
        return try await translatingErrors {
            let claimed = try await database.execute(
                """
                INSERT INTO idempotency_keys AS k (caller, route, key, fingerprint, token, lease_until, expires_at)
                VALUES (\(key.caller), \(key.route), \(key.key), \(mark), \(token),
                        \(now.addingTimeInterval(lease / .seconds(1))), \(now.addingTimeInterval(keep / .seconds(1))))
                ON CONFLICT (caller, route, key) DO UPDATE
                SET fingerprint = excluded.fingerprint, token = excluded.token, lease_until = excluded.lease_until,
                    expires_at = excluded.expires_at, status = NULL, body = NULL, location = NULL,
                    fields = CASE WHEN k.expires_at <= \(now) THEN NULL ELSE ARRAY[]::text[] END
                WHERE k.expires_at <= \(now)
                    OR (k.status IS NULL AND k.lease_until <= \(now) AND k.fingerprint = excluded.fingerprint)
                """)
            if claimed == 1 {
                return .fresh(IdempotencyHold(token: token, effectID: effect(of: key, mark)))
            }
            return try await found(key, mark)
        }
    }

    /// Derived, so that it is the same for every call of one key and content.
    private func effect(of key: IdempotencyKey, _ mark: Data) -> UUID {
        let name = Data("\(key.caller)\n\(key.route)\n\(key.key)\n".utf8) + mark
        return HMAC<SHA256>.authenticationCode(for: name, using: self.key).withUnsafeBytes {
            UUID(uuid: $0.loadUnaligned(as: uuid_t.self))
        }
    }

    private func found(_ key: IdempotencyKey, _ mark: Data) async throws -> IdempotencyClaim {
        let row = try await database.first(
            """
            SELECT fingerprint, status, fields, body FROM idempotency_keys
            WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key)
            """)
        // Given up between the two statements: the caller comes again.
        guard let row else { return .running }
        let (fingerprint, status, fields, body) = try row.decode((Data, Int32?, [String]?, Data?).self)
        guard fingerprint == mark else { return .mismatch }
        guard let status, let fields, let body else { return .running }
        let pairs = stride(from: 0, to: fields.count - 1, by: 2).map {
            StoredAnswer.Field(name: fields[$0], value: fields[$0 + 1])
        }
        return .done(StoredAnswer(status: Int(status), fields: pairs, body: Array(body)))
    }

    public func complete(_ key: IdempotencyKey, token: UUID, answer: StoredAnswer) async throws {
        let location = answer.fields.first { $0.name.lowercased() == "location" }?.value
        try await translatingErrors {
            _ = try await database.execute(
                """
                UPDATE idempotency_keys
                SET status = \(Int32(answer.status)), fields = \(answer.fields.flatMap { [$0.name, $0.value] }),
                    body = \(Data(answer.body)), location = \(location)
                WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
                """)
        }
    }

    public func renew(_ key: IdempotencyKey, token: UUID, lease: Duration) async throws -> Bool {
        try await translatingErrors {
            try await database.execute(
                """
                UPDATE idempotency_keys SET lease_until = \(clock.now.addingTimeInterval(lease / .seconds(1)))
                WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
                  AND status IS NULL
                """) == 1
        }
    }

    /// A claim taken over from a call nobody heard the end of has empty `fields`; of it only the lease ends.
    public func abandon(_ key: IdempotencyKey, token: UUID) async throws {
        let removed = try await translatingErrors {
            try await database.execute(
                """
                DELETE FROM idempotency_keys
                WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
                  AND status IS NULL AND fields IS NULL
                """)
        }
        if removed == 0 { _ = try await renew(key, token: token, lease: .zero) }
    }
}
