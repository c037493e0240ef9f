public import DomainKit
public import Foundation
import Postgres
import StorageKit
public import UserDomain

/// Sign-ins between their two steps.
extension PostgresSecondFactors {
    public func keep(_ step: SignInStep) async throws -> Bool {
        let life = SignInStepToken.life / .seconds(1)
        return try await fromPostgres {
            try await database.first(
                """
                WITH account AS (\(sql: CheckedAccount(step).row))
                INSERT INTO sign_in_steps (digest, user_id, password_hash, epoch, factor_id, device, expires_at)
                SELECT \(step.digest)::bytea, id, \((step.strengthened ?? step.checked).phc), epoch,
                       \(step.factor.uuid)::uuid, \(step.knownDevice)::bytea, now() + \(life) * interval '1 second'
                FROM account RETURNING user_id
                """) != nil
        }
    }

    public func pendingSignIn(_ digest: Data) async throws -> PendingSignIn? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: UserRow.columns), w.password_hash, w.epoch, w.device, \(sql: Self.columns)
                FROM sign_in_steps w JOIN users u ON u.id = w.user_id
                JOIN totp_factors f ON f.user_id = u.id AND f.id = w.factor_id
                WHERE w.digest = \(digest) AND w.expires_at > now()
                """
            ).map { row in
                let (user, after) = (try UserRow.read(row), UserRow.count)
                let kept = try read(row, of: user.id, from: after + 3)
                let step = SignInStep(
                    digest: digest, userID: user.id,
                    checked: PasswordHash(phc: try row[after, as: String.self]),
                    epoch: try row[after + 1, as: Int64.self], factor: kept.factor.id,
                    knownDevice: try row[after + 2, as: Data?.self])
                return PendingSignIn(step: step, user: user, kept: kept)
            }
        }
    }

    /// One statement. The account's row is locked first, as whoever changes the factor does, then the step, then the code: of
    /// two with one step the later finds that gone and uses no code up, of two with one code the later finds it used.
    public func open(_ opening: SessionOpening, after step: Data, proof: FactorProof) async throws -> FactorOutcome {
        guard let factor = opening.secondFactor else { return .changed }
        let noting = Self.noting(
            proof, of: opening.userID, on: opening.device, in: opening.id, where: "added")
        let noted: SQL = noting.map { ", noted AS (\(sql: $0))" } ?? ""
        let row = try await fromPostgres {
            try await database.first(
                """
                WITH checked AS (\(sql: CheckedAccount(opening).row)), waiting AS (
                    SELECT c.id AS user_id FROM checked c JOIN sign_in_steps w ON w.user_id = c.id
                    WHERE w.digest = \(step) AND w.factor_id = \(factor.uuid) AND w.expires_at > now()
                    FOR UPDATE OF w
                ), used AS (\(sql: Self.using(proof, factor))), stepped AS (
                    DELETE FROM sign_in_steps w USING used
                    WHERE w.digest = \(step) AND w.user_id = used.user_id RETURNING w.user_id
                ), account AS (
                    SELECT c.id, c.epoch FROM checked c JOIN stepped s ON s.user_id = c.id
                ), \(sql: PostgresAccounts.adding(opening))\(sql: noted)
                SELECT EXISTS (SELECT 1 FROM waiting), EXISTS (SELECT 1 FROM used), EXISTS (SELECT 1 FROM added)
                """)
        }
        guard let row else { return .changed }
        let (isWaiting, isUsed, isOpen) = try row.decode((Bool, Bool, Bool).self)
        if isOpen { return .done }
        return isWaiting && !isUsed ? .codeSpent : .changed
    }

    /// Beside the account the session is locked, so that a code is not used up for one that has ended.
    public func show(
        _ factor: SecondFactorID, of user: UserID, proof: FactorProof, in session: SessionID, device: Device
    ) async throws -> FactorOutcome {
        try await changing(user, from: factor) { transaction, _ in
            let open = try await transaction.first(
                """
                SELECT id FROM sessions
                WHERE id = \(session.uuid) AND user_id = \(user.uuid) AND expires_at > now() FOR UPDATE
                """)
            guard open != nil else { return .changed }
            guard try await Self.use(proof, of: user, factor, in: transaction) else { return .codeSpent }
            try await transaction.execute(
                "UPDATE sessions SET \(sql: SessionRow.showing(proof.method)) WHERE id = \(session.uuid)")
            if let noted = Self.noting(proof, of: user, on: device, in: session) {
                try await transaction.execute(noted)
            }
            return .done
        }
    }

    /// `user_id` of whose code was used up, once at most.
    private static func using(_ proof: FactorProof, _ factor: SecondFactorID) -> SQL {
        switch proof {
        case .step(let step):
            """
            UPDATE totp_factors f SET last_step = \(step) FROM waiting
            WHERE f.user_id = waiting.user_id AND f.id = \(factor.uuid) AND f.last_step < \(step)
            RETURNING f.user_id
            """
        case .recovery(let digest):
            """
            DELETE FROM recovery_codes r USING waiting
            WHERE r.user_id = waiting.user_id AND r.digest = \(digest) RETURNING r.user_id
            """
        }
    }
}
