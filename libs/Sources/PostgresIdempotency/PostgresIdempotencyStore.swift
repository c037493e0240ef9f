public import Crypto
import DomainKit
public import Foundation
public import HTTPKit
public import Postgres
import StorageKit

/// `Idempotency-Key` in PostgreSQL: one row a call, claimed by whoever inserts it or takes it over when its lease or its
/// time is over. All time is the database's.
///
/// The table is the service's, made by its migrations:
///
/// ```sql
/// CREATE TABLE idempotency_keys (
///     caller text NOT NULL, route text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, token uuid NOT NULL,
///     effect_id uuid NOT NULL DEFAULT gen_random_uuid(),
///     lease_until timestamptz NOT NULL, expires_at timestamptz NOT NULL,
///     status integer, fields text[], body bytea,
///     PRIMARY KEY (caller, route, key)
/// );
/// CREATE INDEX ON idempotency_keys (expires_at);
/// CREATE INDEX ON idempotency_keys (effect_id);  -- where `erasure` is used
/// ```
public struct PostgresIdempotencyStore: IdempotencyStore {
    public static let defaultTable = "idempotency_keys"

    private let database: PostgresClient
    private let table: SQL
    private let fingerprintKey: SymmetricKey?

    /// - Parameter fingerprintKey: makes fingerprints useless to who reads the table without it; for calls whose content
    ///   holds secrets that could be guessed.
    public init(
        database: PostgresClient, table: String = PostgresIdempotencyStore.defaultTable,
        fingerprintKey: SymmetricKey? = nil
    ) {
        self.database = database
        self.table = "\(identifier: table)"
        self.fingerprintKey = fingerprintKey
    }

    /// One statement that inserts the row, takes it over, or leaves it as it is, and says what it holds then: a second
    /// one would have to guess what happened in between.
    public func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim {
        // The first claim's token is its effect id as well, so that `abandon` can tell a first claim from a later one.
        let token = UUID()
        let mark = mark(of: fingerprint)
        let isOver: SQL = "k.expires_at <= now()"
        let isTaken: SQL = """
            (k.expires_at <= now()
                OR k.status IS NULL AND k.lease_until <= now() AND k.fingerprint = excluded.fingerprint)
            """
        let row = try await fromPostgres {
            try await database.first(
                """
                INSERT INTO \(sql: table) AS k
                    (caller, route, key, fingerprint, token, effect_id, lease_until, expires_at)
                VALUES (\(key.caller), \(key.route), \(key.key), \(mark), \(token), \(token),
                    now() + \(lease / .seconds(1)) * interval '1 second',
                    now() + \(keep / .seconds(1)) * interval '1 second')
                ON CONFLICT (caller, route, key) DO UPDATE SET
                    token = CASE WHEN \(sql: isTaken) THEN excluded.token ELSE k.token END,
                    lease_until = CASE WHEN \(sql: isTaken) THEN excluded.lease_until ELSE k.lease_until END,
                    expires_at = CASE WHEN \(sql: isTaken) THEN excluded.expires_at ELSE k.expires_at END,
                    fingerprint = CASE WHEN \(sql: isOver) THEN excluded.fingerprint ELSE k.fingerprint END,
                    effect_id = CASE WHEN \(sql: isOver) THEN excluded.effect_id ELSE k.effect_id END,
                    status = CASE WHEN \(sql: isOver) THEN NULL ELSE k.status END,
                    fields = CASE WHEN \(sql: isOver) THEN NULL ELSE k.fields END,
                    body = CASE WHEN \(sql: isOver) THEN NULL ELSE k.body END
                RETURNING token, effect_id, fingerprint, status, fields, body
                """)
        }
        guard let row else { throw Failure.unavailable("postgres") }
        let (holder, effect, former, status, fields, body) = try row.decode(
            (UUID, UUID, String, Int32?, [String]?, Data?).self)
        if holder == token { return .fresh(IdempotencyHold(token: token, effectID: effect)) }
        guard former == mark else { return .mismatch }
        guard let status, let fields, let body else { return .running }
        return .done(StoredAnswer(status: Int(status), fields: pairs(fields), body: Array(body)))
    }

    public func renew(_ key: IdempotencyKey, token: UUID, lease: Duration) async throws -> Bool {
        try await fromPostgres {
            try await database.execute(
                """
                UPDATE \(sql: table) SET lease_until = now() + \(lease / .seconds(1)) * interval '1 second'
                WHERE \(sql: held(key, token)) AND status IS NULL
                """) == 1
        }
    }

    public func complete(_ key: IdempotencyKey, token: UUID, answer: StoredAnswer) async throws {
        _ = try await fromPostgres {
            try await database.execute(
                """
                UPDATE \(sql: table)
                SET status = \(Int32(clamping: answer.status)), body = \(Data(answer.body)),
                    fields = \(answer.fields.flatMap { [$0.name, $0.value] })
                WHERE \(sql: held(key, token))
                """)
        }
    }

    public func abandon(_ key: IdempotencyKey, token: UUID) async throws {
        let removed = try await fromPostgres {
            try await database.execute(
                """
                DELETE FROM \(sql: table) WHERE \(sql: held(key, token)) AND effect_id = token AND status IS NULL
                """)
        }
        if removed == 0 { _ = try await renew(key, token: token, lease: .zero) }
    }

    /// Removes what nobody may come back for, in batches, one replica at a time. Returns how many went. Fails: unavailable.
    @discardableResult
    public func sweep() async throws -> Int {
        try await fromPostgres {
            try await database.sweep("idempotency.\(table.text)") { transaction, batch in
                try await transaction.execute(
                    """
                    DELETE FROM \(sql: table) WHERE (caller, route, key) IN (
                        SELECT caller, route, key FROM \(sql: table) WHERE expires_at <= now()
                        ORDER BY expires_at LIMIT \(batch) FOR UPDATE SKIP LOCKED)
                    """)
            } ?? 0
        }
    }

    /// Takes out the answers kept of what `account` did while signed in, and of the call that made it when `effectID` was
    /// its id. A statement, and not a call, so that it stands in the transaction in which the account goes.
    public static func erasure(of account: UUID, table: String = defaultTable) -> SQL {
        "DELETE FROM \(identifier: table) WHERE caller = \(account.uuidString.lowercased()) OR effect_id = \(account)"
    }

    private func held(_ key: IdempotencyKey, _ token: UUID) -> SQL {
        "caller = \(key.caller) AND route = \(key.route) AND key = \(key.key) AND token = \(token)"
    }

    private func mark(of fingerprint: String) -> String {
        guard let fingerprintKey else { return fingerprint }
        let code = HMAC<SHA256>.authenticationCode(for: Data(fingerprint.utf8), using: fingerprintKey)
        return Data(code).base64EncodedString()
    }

    private func pairs(_ fields: [String]) -> [StoredAnswer.Field] {
        stride(from: 0, to: fields.count - 1, by: 2).map {
            StoredAnswer.Field(name: fields[$0], value: fields[$0 + 1])
        }
    }
}
