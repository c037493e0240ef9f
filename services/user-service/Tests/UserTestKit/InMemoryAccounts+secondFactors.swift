public import DomainKit
public import Foundation
import IdentityEvents
public import UserDomain

/// Second factors over the same state as accounts and sessions, as in the database.
extension InMemoryAccounts: SecondFactorStore {
    struct KeptSecondFactor {
        var factor: SecondFactor
        var begunAt: Date
        var recoveryDigests: Set<Data> = []
    }

    struct KeptStep {
        var step: SignInStep
        var expiresAt: Date
    }

    public func begin(_ factor: SecondFactor, of user: UserID) async throws -> Bool {
        try run { [now = clock.now] state in
            guard let account = state.accounts[user], account.secondFactor == nil else { return false }
            state.factors[user] = KeptSecondFactor(factor: factor, begunAt: now)
            return true
        }
    }

    public func factor(of user: UserID) async throws -> KeptFactor? {
        try run { [now = clock.now] state in
            guard let kept = state.factors[user], kept.factor.isConfirmed || kept.isFresh(at: now) else { return nil }
            return KeptFactor(factor: kept.factor, now: now)
        }
    }

    public func confirm(
        _ factor: SecondFactorID, step: Int64, recoveryDigests: [Data], by owner: ActingOwner
    ) async throws -> FactorOutcome {
        let user = owner.id
        return try run { [now = clock.now] state in
            guard state.accounts[user]?.secondFactor == nil, var begun = state.factors[user],
                begun.factor.id == factor, begun.isFresh(at: now)
            else { return .changed }
            (begun.factor.isConfirmed, begun.factor.lastStep) = (true, step)
            begun.recoveryDigests = Set(recoveryDigests)
            state.factors[user] = begun
            state.accounts[user]?.secondFactor = factor
            if let session = owner.session { state.show(.oneTimeCode, in: session, at: now) }
            state.end(of: user, at: now) { $0.id != owner.session }
            state.note(.secondFactorAdded, .totpEnabled, by: owner, at: now)
            return .done
        }
    }

    public func remove(
        _ factor: SecondFactorID, proof: FactorProof, voiding roles: Set<Role>, by owner: ActingOwner
    ) async throws -> FactorOutcome {
        let user = owner.id
        return try run { [now = clock.now] state in
            guard let account = state.accounts[user], account.secondFactor == factor else { return .changed }
            guard state.use(proof, of: user) else { return .codeSpent }
            state.factors[user] = nil
            state.accounts[user]?.secondFactor = nil
            state.unshow([.oneTimeCode, .recoveryCode], of: user) { _ in true }
            state.voidTokens(of: account.user, with: roles, at: now)
            state.note(.secondFactorRemoved, .totpDisabled, by: owner, at: now)
            return .done
        }
    }

    public func replaceRecoveryCodes(
        _ factor: SecondFactorID, with digests: [Data], proof: FactorProof, by owner: ActingOwner
    ) async throws -> FactorOutcome {
        let user = owner.id
        return try run { [now = clock.now] state in
            guard state.accounts[user]?.secondFactor == factor else { return .changed }
            guard state.use(proof, of: user) else { return .codeSpent }
            state.factors[user]?.recoveryDigests = Set(digests)
            state.note(.recoveryCodesReplaced, .recoveryCodesMade, by: owner, at: now)
            return .done
        }
    }

    public func show(
        _ factor: SecondFactorID, of user: UserID, proof: FactorProof, in session: SessionID, device: Device
    ) async throws -> FactorOutcome {
        try run { [now = clock.now] state in
            guard state.accounts[user]?.secondFactor == factor, state.isOpen(session, of: user, at: now) else {
                return .changed
            }
            guard state.use(proof, of: user) else { return .codeSpent }
            state.show(proof.method, in: session, at: now)
            state.note(proof, of: user, in: session, on: device, at: now)
            return .done
        }
    }

    public func keep(_ step: SignInStep) async throws -> Bool {
        try run { [now = clock.now] state in
            guard let account = state.accounts[step.userID], account.hash == step.checked,
                account.user.epoch == step.epoch, account.secondFactor == step.factor
            else { return false }
            if let strengthened = step.strengthened { state.accounts[step.userID]?.hash = strengthened }
            let kept = SignInStep(
                digest: step.digest, userID: step.userID, checked: step.strengthened ?? step.checked,
                epoch: step.epoch, factor: step.factor, knownDevice: step.knownDevice)
            state.steps[step.digest] = KeptStep(
                step: kept, expiresAt: now.addingTimeInterval(SignInStepToken.life / .seconds(1)))
            return true
        }
    }

    public func pendingSignIn(_ digest: Data) async throws -> PendingSignIn? {
        try run { [now = clock.now] state in
            guard let kept = state.steps[digest], kept.expiresAt > now,
                let account = state.credentials(of: kept.step.userID, at: now),
                let factor = state.factors[kept.step.userID]?.factor, factor.id == kept.step.factor, factor.isConfirmed
            else { return nil }
            return PendingSignIn(step: kept.step, user: account.user, kept: KeptFactor(factor: factor, now: now))
        }
    }

    public func open(_ opening: SessionOpening, after step: Data, proof: FactorProof) async throws -> FactorOutcome {
        try run { [now = clock.now] state in
            let user = opening.userID
            guard let factor = opening.secondFactor, let kept = state.steps[step], kept.expiresAt > now,
                kept.step.userID == user, kept.step.factor == factor, state.isAsChecked(opening)
            else { return .changed }
            guard state.use(proof, of: user) else { return .codeSpent }
            guard state.mayOpen(user, at: now) else { return .changed }
            state.steps[step] = nil
            state.add(opening, at: now)
            state.note(proof, of: user, in: opening.id, on: opening.device, at: now)
            return .done
        }
    }
}

extension InMemoryAccounts.KeptSecondFactor {
    fileprivate func isFresh(at now: Date) -> Bool {
        begunAt.addingTimeInterval(SecondFactor.confirmedWithin / .seconds(1)) > now
    }
}

extension InMemoryAccounts.State {
    /// The notice to the owner and the line in the audit trail of one change.
    mutating func note(_ action: AuditAction, _ kind: SecurityEvent.Kind, by owner: ActingOwner, at now: Date) {
        if let user = accounts[owner.id]?.user {
            notice(kind, of: user, session: owner.session, device: owner.device, at: now)
        }
        note(action, of: owner.id, by: owner.author, at: now)
    }

    mutating func unshow(
        _ methods: Set<AuthenticationMethod>, of user: UserID, where isMeant: (Session) -> Bool
    ) {
        for (id, row) in sessions where row.session.userID == user && isMeant(row.session) {
            sessions[id]?.session.methods.subtract(methods)
        }
    }

    mutating func voidTokens(of user: User, with roles: Set<Role>, at now: Date) {
        guard !user.roles.isDisjoint(with: roles) else { return }
        accounts[user.id]?.user.epoch += 1
        tell(.rolesChanged, user.id, epoch: user.epoch + 1, at: now)
    }

    fileprivate mutating func note(
        _ proof: FactorProof, of user: UserID, in session: SessionID, on device: Device,
        at now: Date
    ) {
        guard case .recovery = proof, let user = accounts[user]?.user else { return }
        notice(.recoveryCodeUsed, of: user, session: session, device: device, at: now)
    }

    /// False for what was used before.
    mutating func use(_ proof: FactorProof, of user: UserID) -> Bool {
        switch proof {
        case .step(let step):
            guard let last = factors[user]?.factor.lastStep, last < step else { return false }
            factors[user]?.factor.lastStep = step
            return true
        case .recovery(let digest): return factors[user]?.recoveryDigests.remove(digest) != nil
        }
    }
}

extension InMemoryAccounts {
    /// What an owner was told, the oldest first.
    public func told(_ user: UserID) -> [(SecurityEvent.Kind, SessionID?, Device)] {
        securityEvents.filter { $0.userID == user }.map { ($0.kind, $0.sessionID, $0.device) }
    }
}
