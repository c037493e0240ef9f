public import DomainKit
import Foundation
import Postgres
import StorageKit
public import UserDomain
import WebAuthn

extension PostgresPasskeys {
    private static var refusals: [String: Failure] { ["passkeys_credential_id_key": .passkeyTaken] }

    public func add(_ kept: KeptPasskey, by owner: ActingOwner) async throws -> KeptPasskey {
        try await fromPostgres(constraints: Self.refusals) {
            try await database.transaction { transaction in
                let user = kept.userID.uuid
                guard try await Self.lock(kept.userID, in: transaction) != nil else { throw Failure.accountGone }
                let known = try await transaction.query(
                    "SELECT \(sql: PasskeyRow.columns) FROM passkeys p WHERE p.user_id = \(user)"
                ).map { try PasskeyRow.read($0) }
                if let first = known.first(where: { $0.id == kept.id }) { return first }
                guard known.count < KeptPasskey.mostPerUser else { throw Failure.tooManyPasskeys }
                let passkey = kept.passkey
                let row = try await transaction.first(
                    """
                    INSERT INTO passkeys AS p (id, user_id, credential_id, public_key, signature_count, transports,
                                               is_backup_eligible, is_backed_up, model, is_discoverable, name)
                    VALUES (\(kept.id.uuid), \(user), \(passkey.id), \(passkey.publicKey),
                            \(Int64(passkey.signatureCount)), \(passkey.transports), \(passkey.isBackupEligible),
                            \(passkey.isBackedUp), \(passkey.model), \(passkey.isDiscoverable),
                            \(kept.name.description))
                    RETURNING \(sql: PasskeyRow.columns)
                    """)
                try await PostgresSecondFactors.note(.passkeyAdded, .passkeyAdded, by: owner, in: transaction)
                return try row.map { try PasskeyRow.read($0) } ?? kept
            }
        }
    }

    public func remove(_ id: PasskeyID, voiding roles: Set<Role>, by owner: ActingOwner) async throws -> Bool {
        let user = owner.id
        return try await fromPostgres {
            try await database.transaction { transaction in
                guard let epoch = try await Self.lock(user, in: transaction) else { return false }
                let gone = try await transaction.execute(
                    "DELETE FROM passkeys WHERE id = \(id.uuid) AND user_id = \(user.uuid)")
                guard gone == 1 else { return false }
                try await transaction.execute(
                    """
                    WITH ended AS (
                        DELETE FROM sessions s
                        WHERE s.user_id = \(user.uuid) AND s.passkey_id = \(id.uuid)
                          AND s.id IS DISTINCT FROM \(owner.session?.uuid)::uuid
                        RETURNING s.id, s.user_id, s.expires_at, \(epoch)::bigint AS epoch
                    )
                    \(sql: IdentityEventRow.endings(of: "ended"))
                    """)
                try await PostgresSecondFactors.unshow(
                    [.hardwareKey, .softwareKey], of: user, where: "s.passkey_id = \(id.uuid)", in: transaction)
                try await PostgresSecondFactors.voidTokens(of: user, with: roles, in: transaction)
                try await PostgresSecondFactors.note(.passkeyRemoved, .passkeyRemoved, by: owner, in: transaction)
                return true
            }
        }
    }

    /// The account's epoch; nil when it is gone. Nobody else changes it until the transaction has ended.
    private static func lock(_ user: UserID, in transaction: PostgresTransaction) async throws -> Int64? {
        try await transaction.first("SELECT epoch FROM users WHERE id = \(user.uuid) FOR NO KEY UPDATE")?
            .decode(Int64.self)
    }
}
