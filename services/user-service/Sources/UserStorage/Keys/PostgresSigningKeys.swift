import Crypto
import DomainKit
import Foundation
public import Logging
public import Postgres
import StorageKit
import UserDomain

/// Where the signing keys are kept. Time is the store's.
protocol SigningKeyStore: Sendable {
    /// Makes the key that signs and the one that follows it, if there are none.
    func prepare() async throws
    /// Every key whose tokens may be about: those retired longer ago than `life` are left out.
    func load(tokenLife life: Duration) async throws -> [SigningKey]
    /// Lets the key that follows sign, and makes one that follows it; once, however many replicas do it.
    ///
    /// - Parameter isDue: only if the key that signs has done so for `rules.signsFor`.
    func rotate(_ rules: SigningKeyRules, whenDue isDue: Bool) async throws -> SigningKeyRotation
}

/// The signing keys in PostgreSQL, their private halves sealed.
public struct PostgresSigningKeys: SigningKeyStore {
    /// Any number, the same in all replicas: who holds it makes keys.
    private static let lock: Int64 = 0x6869_726f_6261_0001
    /// A replica looks for changes all the time, and signs with what it has until it can.
    private static let margin = Duration.seconds(300)

    private let database: PostgresClient
    let sealing: KeyEncryptionKey
    private let logger: Logger

    public init(database: PostgresClient, sealing: KeyEncryptionKey, logger: Logger) {
        self.database = database
        self.sealing = sealing
        self.logger = logger
    }

    /// Once, however many replicas start.
    public func prepare() async throws {
        try await alone { try await makeMissing($0) }
    }

    func rotate(_ rules: SigningKeyRules, whenDue isDue: Bool) async throws -> SigningKeyRotation {
        try await alone { transaction in
            try await makeMissing(transaction)
            let signing = try await age(of: .active, since: "activated_at", transaction)
            let next = try await age(of: .next, since: "created_at", transaction)
            if isDue, signing.age < rules.signsFor { return .notDue }
            guard next.age >= rules.publishedFor else { return .tooEarly(publishedFor: next.age) }
            try await transaction.execute(
                "UPDATE signing_keys SET state = 'retired', retired_at = now() WHERE id = \(signing.id)")
            try await transaction.execute(
                "UPDATE signing_keys SET state = 'active', activated_at = now() WHERE id = \(next.id)")
            let following = try await insert(.next, transaction)
            return .rotated(signing: next.id, next: following, retired: signing.id)
        }
    }

    /// Throws `KeyEncryptionKey.CannotOpen` when they were sealed with another key.
    func load(tokenLife life: Duration) async throws -> [SigningKey] {
        let seconds = (life + Self.margin) / .seconds(1)
        let rows = try await fromPostgres {
            try await database.query(
                """
                SELECT id, state, sealed_private_key FROM signing_keys
                WHERE retired_at IS NULL OR retired_at > now() - \(seconds) * interval '1 second'
                ORDER BY created_at, id
                """)
        }
        return try rows.compactMap { row in
            let (id, state, sealed) = try row.decode((String, String, Data).self)
            guard let state = SigningKey.State(rawValue: state) else {
                // A newer version knows what it is; the other keys go on signing and verifying.
                logger.warning("signing key of unknown state skipped", metadata: ["key": "\(id)", "state": "\(state)"])
                return nil
            }
            let raw = try sealing.open(sealed, as: id)
            return SigningKey(id: id, state: state, privateKey: try P256.Signing.PrivateKey(rawRepresentation: raw))
        }
    }

    // MARK: Making keys

    /// Runs `work` while no other replica makes keys. What `now()` says in it is when it began to wait for that.
    func alone<Value: Sendable>(
        _ work: nonisolated(nonsending) (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await fromPostgres {
            try await database.transaction { transaction in
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
                return try await work(transaction)
            }
        }
    }

    private func makeMissing(_ transaction: PostgresTransaction) async throws {
        for state in [SigningKey.State.active, .next] {
            let found = try await transaction.first("SELECT 1 FROM signing_keys WHERE state = \(state.rawValue)")
            if found == nil { try await insert(state, transaction) }
        }
    }

    /// Of the one key in `state`, which is there.
    private func age(
        of state: SigningKey.State, since moment: SQL, _ transaction: PostgresTransaction
    ) async throws -> (id: String, age: Duration) {
        let row = try await transaction.first(
            """
            SELECT id, extract(epoch FROM now() - \(sql: moment))::float8 FROM signing_keys
            WHERE state = \(state.rawValue)
            """)
        guard let row else { throw Failure.unavailable("signing-keys") }
        let (id, seconds) = try row.decode((String, Double).self)
        return (id, .seconds(seconds))
    }

    /// Returns its id.
    @discardableResult
    private func insert(_ state: SigningKey.State, _ transaction: PostgresTransaction) async throws -> String {
        let key = P256.Signing.PrivateKey()
        let id = SigningKey.id(of: key.publicKey)
        let sealed = try sealing.seal(key.rawRepresentation, as: id)
        try await transaction.execute(
            """
            INSERT INTO signing_keys (id, state, public_key, sealed_private_key, created_at, activated_at)
            VALUES (\(id), \(state.rawValue), \(key.publicKey.rawRepresentation), \(sealed), now(),
                    CASE WHEN \(state == .active) THEN now() END)
            """)
        return id
    }
}
