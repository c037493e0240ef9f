public import DomainKit
public import Foundation
import OneTimePasswords
public import Postgres
import SealedSecrets
import StorageKit
public import UserDomain

/// Second factors in PostgreSQL, their secrets sealed for the account and the factor.
///
/// Whatever changes a factor locks the account's row first, as sign-ins do; then come the factor, its codes, the sessions, the
/// head of the events and that of the audit trail.
public struct PostgresSecondFactors: Sendable {
    let database: PostgresClient
    let ring: SealingKeyRing

    public init(database: PostgresClient, key: KeyEncryptionKey) {
        self.database = database
        ring = key.ring
    }

    static func place(of factor: SecondFactorID, _ user: UserID) -> SealedPlace {
        SealedPlace(purpose: "totp seed", owner: "\(user) \(factor)")
    }

    /// Of `id, sealed_secret, last_step, is confirmed, now()`, from `first` on.
    func read(_ row: PostgresRow, of user: UserID, from first: Int = 0) throws -> KeptFactor {
        let id = SecondFactorID(try row[first, as: UUID.self])
        let sealed = try row[first + 1, as: Data.self]
        let secret: OneTimeSecret
        do {
            let bytes = try ring.open(sealed, in: Self.place(of: id, user))
            guard let opened = OneTimeSecret(bytes: bytes) else { throw CannotOpen.notSealed }
            secret = opened
        } catch {
            // Sealed by the former key, and not yet anew.
            throw Failure.unavailable("second-factors", cause: error)
        }
        return KeptFactor(
            factor: SecondFactor(
                id: id, secret: secret, lastStep: try row[first + 2, as: Int64.self],
                isConfirmed: try row[first + 3, as: Bool.self]),
            now: try row[first + 4, as: Date.self])
    }

    static let columns: SQL = "f.id, f.sealed_secret, f.last_step, f.confirmed_at IS NOT NULL, now()"
    static let isFresh: SQL = """
        f.created_at > now() - \(SecondFactor.confirmedWithin / .seconds(1)) * interval '1 second'
        """
}

extension PostgresSecondFactors: SecondFactorStore {
    public func begin(_ factor: SecondFactor, of user: UserID) async throws -> Bool {
        let sealed = try ring.seal(factor.secret.bytes, in: Self.place(of: factor.id, user))
        return try await fromPostgres {
            try await database.first(
                """
                WITH account AS (
                    SELECT id FROM users WHERE id = \(user.uuid) AND second_factor IS NULL FOR NO KEY UPDATE
                )
                INSERT INTO totp_factors AS f (user_id, id, sealed_secret, last_step)
                SELECT id, \(factor.id.uuid)::uuid, \(sealed)::bytea, \(factor.lastStep)::bigint FROM account
                ON CONFLICT (user_id) DO UPDATE
                SET id = excluded.id, sealed_secret = excluded.sealed_secret, last_step = excluded.last_step,
                    created_at = now()
                RETURNING f.id
                """) != nil
        }
    }

    public func factor(of user: UserID) async throws -> KeptFactor? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: Self.columns) FROM totp_factors f
                WHERE f.user_id = \(user.uuid) AND (f.confirmed_at IS NOT NULL OR \(sql: Self.isFresh))
                """
            ).map { try read($0, of: user) }
        }
    }

    public func confirm(
        _ factor: SecondFactorID, step: Int64, recoveryDigests: [Data], by owner: ActingOwner
    ) async throws -> FactorOutcome {
        let user = owner.id
        return try await changing(user, from: nil) { transaction, epoch in
            let isOn = try await transaction.execute(
                """
                UPDATE totp_factors f SET confirmed_at = now(), last_step = \(step)
                WHERE f.user_id = \(user.uuid) AND f.id = \(factor.uuid) AND \(sql: Self.isFresh)
                """)
            guard isOn == 1 else { return .changed }
            try await transaction.execute(
                "UPDATE users SET second_factor = \(factor.uuid) WHERE id = \(user.uuid)")
            try await Self.insert(recoveryDigests, of: user, in: transaction)
            try await Self.endOthers(of: user, than: owner.session, epoch: epoch, in: transaction)
            try await Self.note(.secondFactorAdded, .totpEnabled, by: owner, in: transaction)
            return .done
        }
    }

    public func remove(
        _ factor: SecondFactorID, proof: FactorProof, voiding roles: Set<Role>, by owner: ActingOwner
    ) async throws -> FactorOutcome {
        let user = owner.id
        return try await changing(user, from: factor) { transaction, _ in
            guard try await Self.use(proof, of: user, factor, in: transaction) else { return .codeSpent }
            try await transaction.execute("DELETE FROM totp_factors WHERE user_id = \(user.uuid)")
            try await transaction.execute("UPDATE users SET second_factor = NULL WHERE id = \(user.uuid)")
            try await Self.unshow([.oneTimeCode, .recoveryCode], of: user, in: transaction)
            try await Self.voidTokens(of: user, with: roles, in: transaction)
            try await Self.note(.secondFactorRemoved, .totpDisabled, by: owner, in: transaction)
            return .done
        }
    }

    public func replaceRecoveryCodes(
        _ factor: SecondFactorID, with digests: [Data], proof: FactorProof, by owner: ActingOwner
    ) async throws -> FactorOutcome {
        let user = owner.id
        return try await changing(user, from: factor) { transaction, _ in
            guard try await Self.use(proof, of: user, factor, in: transaction) else { return .codeSpent }
            try await transaction.execute("DELETE FROM recovery_codes WHERE user_id = \(user.uuid)")
            try await Self.insert(digests, of: user, in: transaction)
            try await Self.note(.recoveryCodesReplaced, .recoveryCodesMade, by: owner, in: transaction)
            return .done
        }
    }
}
