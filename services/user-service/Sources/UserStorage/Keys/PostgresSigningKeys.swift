import Crypto
public import DomainKit
import Foundation
public import Logging
public import Postgres
import StorageKit

/// Where the signing keys are kept.
protocol SigningKeyStore: Sendable {
    /// Makes the key that signs and the one that follows it, if there are none.
    func prepare() async throws
    /// Every key whose tokens may be about: those retired longer ago than `life` are left out.
    func load(tokenLife life: Duration) async throws -> [SigningKey]
}

/// The signing keys in PostgreSQL, their private halves sealed.
public struct PostgresSigningKeys: SigningKeyStore {
    /// Any number, the same in all replicas: who holds it makes keys.
    private static let lock: Int64 = 0x6869_726f_6261_0001

    private let database: PostgresClient
    private let sealing: KeyEncryptionKey
    private let clock: any WallClock
    private let logger: Logger

    public init(
        database: PostgresClient, sealing: KeyEncryptionKey, clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        self.database = database
        self.sealing = sealing
        self.clock = clock
        self.logger = logger
    }

    /// Once, however many replicas start.
    public func prepare() async throws {
        try await fromPostgres {
            try await database.transaction { transaction in
                _ = try await transaction.query("SELECT pg_advisory_xact_lock(\(Self.lock))")
                for state in [SigningKey.State.active, .next] {
                    let found = try await transaction.first(
                        "SELECT 1 FROM signing_keys WHERE state = \(state.rawValue)")
                    if found == nil { _ = try await transaction.execute(try insertion(of: state)) }
                }
            }
        }
    }

    /// Throws `KeyEncryptionKey.CannotOpen` when they were sealed with another key.
    func load(tokenLife life: Duration) async throws -> [SigningKey] {
        let oldest = clock.now.addingTimeInterval(-(life / .seconds(1)) - 60)
        let rows = try await fromPostgres {
            try await database.query(
                """
                SELECT id, state, sealed_private_key FROM signing_keys
                WHERE retired_at IS NULL OR retired_at > \(oldest) ORDER BY created_at, id
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

    private func insertion(of state: SigningKey.State) throws -> SQL {
        let key = P256.Signing.PrivateKey()
        let id = SigningKey.id(of: key.publicKey)
        let sealed = try sealing.seal(key.rawRepresentation, as: id)
        let now = clock.now
        let activatedAt = state == .active ? now : nil
        return """
            INSERT INTO signing_keys (id, state, public_key, sealed_private_key, created_at, activated_at)
            VALUES (\(id), \(state.rawValue), \(key.publicKey.rawRepresentation), \(sealed), \(now), \(activatedAt))
            """
    }
}
