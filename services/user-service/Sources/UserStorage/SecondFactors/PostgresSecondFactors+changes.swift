import DomainKit
import Foundation
import IdentityEvents
import Postgres
import StorageKit
import UserDomain

/// The parts of a change, each in the transaction of it.
extension PostgresSecondFactors {
    /// Makes a change while nobody else changes the account, if `factor` is the one that is on (nil: none).
    func changing(
        _ user: UserID, from factor: SecondFactorID?,
        _ change: nonisolated(nonsending) (PostgresTransaction, _ epoch: Int64) async throws -> FactorOutcome
    ) async throws -> FactorOutcome {
        try await fromPostgres {
            try await database.transaction { transaction in
                let row = try await transaction.first(
                    "SELECT second_factor, epoch FROM users WHERE id = \(user.uuid) FOR NO KEY UPDATE")
                guard let row, try row[0, as: UUID?.self] == factor?.uuid else { return .changed }
                return try await change(transaction, row[1, as: Int64.self])
            }
        }
    }

    /// False for what was used before.
    static func use(
        _ proof: FactorProof, of user: UserID, _ factor: SecondFactorID, in transaction: PostgresTransaction
    ) async throws -> Bool {
        switch proof {
        case .step(let step):
            try await transaction.execute(
                """
                UPDATE totp_factors SET last_step = \(step)
                WHERE user_id = \(user.uuid) AND id = \(factor.uuid) AND last_step < \(step)
                """) == 1
        case .recovery(let digest):
            try await transaction.execute(
                "DELETE FROM recovery_codes WHERE user_id = \(user.uuid) AND digest = \(digest)") == 1
        }
    }

    static func insert(_ digests: [Data], of user: UserID, in transaction: PostgresTransaction) async throws {
        try await transaction.execute(
            "INSERT INTO recovery_codes (user_id, digest) SELECT \(user.uuid)::uuid, unnest(\(digests)::bytea[])")
    }

    /// Ends what was opened without a code; the session in which the first one came has shown it.
    static func endOthers(
        of user: UserID, than kept: SessionID?, epoch: Int64, in transaction: PostgresTransaction
    ) async throws {
        try await transaction.execute(
            """
            UPDATE sessions SET \(sql: SessionRow.showing(.oneTimeCode))
            WHERE user_id = \(user.uuid) AND id = \(kept?.uuid)::uuid
            """)
        try await transaction.execute(
            """
            WITH ended AS (
                DELETE FROM sessions s
                WHERE s.user_id = \(user.uuid) AND s.id IS DISTINCT FROM \(kept?.uuid)::uuid
                RETURNING s.id, s.user_id, s.expires_at, \(epoch)::bigint AS epoch
            )
            \(sql: IdentityEventRow.endings(of: "ended"))
            """)
    }

    /// From now on no session of the account, or of those that `isMeant` is true of, has shown one of these.
    static func unshow(
        _ methods: [AuthenticationMethod], of user: UserID, where isMeant: SQL = "true",
        in transaction: PostgresTransaction
    ) async throws {
        let names = methods.map(\.rawValue)
        try await transaction.execute(
            """
            UPDATE sessions s SET amr = ARRAY(SELECT m FROM unnest(s.amr) m WHERE m <> ALL(\(names)) ORDER BY m)
            WHERE s.user_id = \(user.uuid) AND s.amr && \(names) AND \(sql: isMeant)
            """)
    }

    /// Voids the tokens of an account with one of these roles, as they may say it and the next ones not.
    static func voidTokens(
        of user: UserID, with roles: Set<Role>, in transaction: PostgresTransaction
    ) async throws {
        try await transaction.execute(
            """
            WITH changed AS (
                UPDATE users u SET epoch = u.epoch + 1 WHERE u.id = \(user.uuid) AND u.roles && \(roles.stored)
                RETURNING u.id, u.epoch
            )
            \(sql: IdentityEventRow.insertion(.rolesChanged, from: "changed"))
            """)
    }

    /// A recovery code that was used, in or for a session, is told to the owner.
    static func noting(
        _ proof: FactorProof, of user: UserID, on device: Device, in session: SessionID,
        where sessions: SQL = "(SELECT 1) s"
    ) -> SQL? {
        guard case .recovery = proof else { return nil }
        return SecurityEventRow.insertion(
            .recoveryCodeUsed, of: "(SELECT \(user.uuid)::uuid AS id WHERE EXISTS (SELECT 1 FROM \(sql: sessions)))",
            session: session, device: device)
    }

    /// The notice to the owner and the line in the audit trail of one change; the line last, as its head is locked last.
    static func note(
        _ action: AuditAction, _ notice: SecurityEvent.Kind, by owner: ActingOwner,
        in transaction: PostgresTransaction
    ) async throws {
        let account: SQL = "(SELECT \(owner.id.uuid)::uuid AS id)"
        try await transaction.execute(
            SecurityEventRow.insertion(notice, of: account, session: owner.session, device: owner.device))
        try await transaction.execute(AuditLine.insertion(action, of: account, by: owner.author))
    }
}
