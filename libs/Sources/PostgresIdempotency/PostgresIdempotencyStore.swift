public import DomainKit
import Foundation
public import HTTPKit
public import Postgres

/// `Idempotency-Key` in PostgreSQL: one row a call, claimed by whoever inserts it or takes it over when its lease or its
/// time is over.
///
/// The table is the service's, made by its migrations:
///
/// ```sql
/// CREATE TABLE idempotency_keys (
///     caller text NOT NULL, route text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, token uuid NOT NULL,
///     lease_until timestamptz NOT NULL, expires_at timestamptz NOT NULL,
///     status integer, fields text[], body bytea,
///     PRIMARY KEY (caller, route, key)
/// )
/// ```
public struct PostgresIdempotencyStore: IdempotencyStore {
    private let database: PostgresClient
    private let clock: any WallClock

    public init(database: PostgresClient, clock: any WallClock = SystemWallClock()) {
        self.database = database
        self.clock = clock
    }

    public func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim {
        let now = clock.now
        let token = UUID()
        return try await sayingUnavailable {
            let claimed = try await database.execute(
                """
                INSERT INTO idempotency_keys AS k (caller, route, key, fingerprint, token, lease_until, expires_at)
                VALUES (\(key.caller), \(key.route), \(key.key), \(fingerprint), \(token),
                    \(now.addingTimeInterval(lease / .seconds(1))), \(now.addingTimeInterval(keep / .seconds(1))))
                ON CONFLICT (caller, route, key) DO UPDATE
                SET fingerprint = excluded.fingerprint, token = excluded.token, lease_until = excluded.lease_until,
                    expires_at = excluded.expires_at, status = NULL, fields = NULL, body = NULL
                WHERE k.expires_at <= \(now)
                    OR (k.status IS NULL AND k.lease_until <= \(now) AND k.fingerprint = excluded.fingerprint)
                """)
            if claimed == 1 { return .fresh(token: token.lowercased) }
            return try await found(key, fingerprint)
        }
    }

    private func found(_ key: IdempotencyKey, _ fingerprint: String) async throws -> IdempotencyClaim {
        let row = try await database.first(
            """
            SELECT fingerprint, status, fields, body FROM idempotency_keys
            WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key)
            """)
        // Given up between the two statements: the caller comes again.
        guard let row else { return .running }
        let (former, status, fields, body) = try row.decode((String, Int32?, [String]?, Data?).self)
        guard former == fingerprint else { return .mismatch }
        guard let status, let fields, let body else { return .running }
        let pairs = stride(from: 0, to: fields.count - 1, by: 2).map {
            StoredAnswer.Field(name: fields[$0], value: fields[$0 + 1])
        }
        return .done(StoredAnswer(status: Int(status), fields: pairs, body: Array(body)))
    }

    public func complete(_ key: IdempotencyKey, token: String, answer: StoredAnswer) async throws {
        guard let token = UUID(uuidString: token) else { return }
        _ = try await sayingUnavailable {
            try await database.execute(
                """
                UPDATE idempotency_keys
                SET status = \(Int32(answer.status)), fields = \(answer.fields.flatMap { [$0.name, $0.value] }),
                    body = \(Data(answer.body))
                WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
                """)
        }
    }

    public func abandon(_ key: IdempotencyKey, token: String) async throws {
        guard let token = UUID(uuidString: token) else { return }
        _ = try await sayingUnavailable {
            try await database.execute(
                """
                DELETE FROM idempotency_keys
                WHERE caller = \(key.caller) AND route = \(key.route) AND key = \(key.key) AND token = \(token)
                    AND status IS NULL
                """)
        }
    }

    /// Removes what nobody may come back for. Fails: unavailable.
    public func sweep() async throws {
        _ = try await sayingUnavailable {
            try await database.execute("DELETE FROM idempotency_keys WHERE expires_at <= \(clock.now)")
        }
    }
}

/// Fails: `platform.unavailable` for what may work when it is tried again; every call here may be.
nonisolated(nonsending) private func sayingUnavailable<Value: Sendable>(
    _ work: nonisolated(nonsending) () async throws -> Value
) async throws -> Value {
    do {
        return try await work()
    } catch let error as PostgresError
        where error.isUnavailable || error.isQueryCanceled || error.isSerializationFailure
    {
        throw Failure.unavailable("postgres", cause: error)
    }
}
