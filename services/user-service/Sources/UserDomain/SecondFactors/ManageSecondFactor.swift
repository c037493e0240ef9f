public import DomainKit
import Foundation
public import OneTimePasswords

/// What an app needs to know to make codes.
public struct FactorOffer: Sendable {
    public let secret: OneTimeSecret
    /// For the picture that an app reads.
    public let uri: String
}

/// What people do with their own second factor: begin one, turn it on, get other recovery codes, take it away.
///
/// Each but the first takes a code, and with it a proof of this moment. Wrong ones are counted for the account, whoever holds its tokens and on whatever replica:
/// not with those of sign-ins, so that nobody who has stolen a token keeps the owner from signing in.
public struct ManageSecondFactor<Users: UserStore, Sessions: SessionStore>: Sendable {
    private let users: Users
    private let recent: RecentProof<Sessions>
    private let factors: any SecondFactorStore
    private let passkeys: any PasskeyStore
    private let budgets: any GuessBudgets
    private let ids: any IDSource
    private let issuer: String

    /// - Parameter issuer: what the app calls us.
    public init(
        users: Users, sessions: Sessions, factors: any SecondFactorStore,
        passkeys: any PasskeyStore, budgets: any GuessBudgets, ids: any IDSource, stepUp: StepUpRules,
        issuer: String = "Hiroba"
    ) {
        self.users = users
        recent = RecentProof(sessions: sessions, rules: stepUp)
        self.factors = factors
        self.passkeys = passkeys
        self.budgets = budgets
        self.ids = ids
        self.issuer = issuer
    }

    /// A new secret. It counts nowhere before `confirm`; beginning again makes it worthless. Asks for a recent proof, as whoever
    /// has the first app has the account.
    ///
    /// Fails: `secondFactorIsOn`, `stepUpNeeded`, `roleWithheld`, unauthenticated, unavailable.
    public func begin(_ owner: ActingOwner) async throws -> FactorOffer {
        let id = owner.id
        guard let user = try await users.user(id) else { throw Failure.accountGone }
        let first = try await passkeys.passkeys(of: id, page: PageRequest(limit: 1))
        try await recent.check(owner, hasFactor: !first.items.isEmpty)
        let factor = SecondFactor(id: SecondFactorID(ids.random()), secret: OneTimeSecret())
        guard try await factors.begin(factor, of: id) else { throw Failure.secondFactorIsOn }
        let uri = TOTP(secret: factor.secret).uri(issuer: issuer, account: user.email.description)
        return FactorOffer(secret: factor.secret, uri: uri)
    }

    /// Turns the factor on with its first code, ends the sessions on all other devices, and answers the recovery codes: the
    /// only time they are seen. Signing in asks for a code from now on.
    ///
    /// Fails: `codeWrong`, `secondFactorNotBegun`, `secondFactorIsOn`, rate limited, unavailable.
    public func confirm(_ code: String, by owner: ActingOwner) async throws -> [RecoveryCode] {
        let id = owner.id
        guard let kept = try await factors.factor(of: id) else { throw Failure.secondFactorNotBegun }
        guard !kept.factor.isConfirmed else { throw Failure.secondFactorIsOn }
        let codes = RecoveryCode.fresh(SecondFactor.recoveryCodes)
        try await using(code, of: id, kept, otherwise: .secondFactorNotBegun) { proof in
            guard case .step(let step) = proof else { return .codeSpent }
            return try await factors.confirm(
                kept.factor.id, step: step, recoveryDigests: codes.map { $0.digest(for: id.description) }, by: owner)
        }
        return codes
    }

    /// Fails: `codeWrong`, `secondFactorIsOff`, rate limited, unavailable.
    public func remove(_ code: String, by owner: ActingOwner) async throws {
        let kept = try await confirmed(of: owner.id)
        try await using(code, of: owner.id, kept, otherwise: .secondFactorIsOff) { proof in
            try await factors.remove(
                kept.factor.id, proof: proof, voiding: recent.rules.rolesOfTwoFactors, by: owner)
        }
    }

    /// New recovery codes; those that are left open nothing from now on.
    ///
    /// Fails: `codeWrong`, `secondFactorIsOff`, rate limited, unavailable.
    public func replaceRecoveryCodes(_ code: String, by owner: ActingOwner) async throws -> [RecoveryCode] {
        let id = owner.id
        let kept = try await confirmed(of: id)
        let codes = RecoveryCode.fresh(SecondFactor.recoveryCodes)
        try await using(code, of: id, kept, otherwise: .secondFactorIsOff) { proof in
            try await factors.replaceRecoveryCodes(
                kept.factor.id, with: codes.map { $0.digest(for: id.description) }, proof: proof, by: owner)
        }
        return codes
    }

    private func confirmed(of id: UserID) async throws -> KeptFactor {
        guard let kept = try await factors.factor(of: id), kept.factor.isConfirmed else {
            throw Failure.secondFactorIsOff
        }
        return kept
    }

    private func using(
        _ code: String, of id: UserID, _ kept: KeptFactor, otherwise changed: Failure,
        _ use: (FactorProof) async throws -> FactorOutcome
    ) async throws {
        let outcome = try await budgets.spendingCodes(.holderCodes(id)) {
            guard let proof = kept.factor.proof(of: code, by: id, at: kept.now) else { return .codeSpent }
            return try await use(proof)
        }
        switch outcome {
        case .done: return
        case .codeSpent: throw Failure.codeWrong
        case .changed: throw changed
        }
    }
}
