public import DomainKit
import Foundation

/// Opens a session for whoever has done the first step of a sign-in and shows a code.
public struct FinishSignIn<Tokens: AccessTokens>: Sendable {
    private let factors: any SecondFactorStore
    private let tokens: Tokens
    private let budgets: any GuessBudgets
    private let secrets: any RefreshSecrets
    private let rules: SessionRules
    private let ids: any IDSource
    private let clock: any WallClock

    public init(
        factors: any SecondFactorStore, tokens: Tokens, budgets: any GuessBudgets, secrets: any RefreshSecrets,
        rules: SessionRules, ids: any IDSource, clock: any WallClock
    ) {
        self.factors = factors
        self.tokens = tokens
        self.budgets = budgets
        self.secrets = secrets
        self.rules = rules
        self.ids = ids
        self.clock = clock
    }

    /// A wrong code leaves the step as it is, for another try. Wrong ones are counted by account, and for a device that the
    /// account knew at the first step on their own: who knows the password alone cannot lock that out.
    ///
    /// Fails: `stepTokenInvalid`, `signInCodeWrong`, `banned`, rate limited, unavailable. Cancelling before the session is
    /// stored leaves nothing behind but a guess that counts.
    public func callAsFunction(
        _ text: String, code: String, device: Device, knownBy token: DeviceToken? = nil
    ) async throws -> IssuedTokens {
        guard let claim = SignInStepToken(text) else { throw Failure.stepTokenInvalid }
        let digest = secrets.digest(of: claim.secret)
        guard let pending = try await factors.pendingSignIn(digest) else { throw Failure.stepTokenInvalid }
        try pending.user.mustNotBeBanned()
        let (step, kept) = (pending.step, pending.kept)
        let budget = step.knownDevice.map { GuessBudget.deviceCodes($0) } ?? .strangersCodes(step.userID)
        var issued: IssuedTokens?
        let outcome = try await budgets.spendingCodes(budget) {
            guard let proof = kept.factor.proof(of: code, by: step.userID, at: kept.now) else { return .codeSpent }
            let (tokens, opening) = try session(for: pending, device, token, shown: [.password, proof.method])
            issued = tokens
            return try await factors.open(opening, after: digest, proof: proof)
        }
        switch outcome {
        case .done: break
        case .codeSpent: throw Failure.signInCodeWrong
        case .changed: throw Failure.stepTokenInvalid
        }
        guard let issued else { throw Failure.stepTokenInvalid }
        return issued
    }

    private func session(
        for pending: PendingSignIn, _ device: Device, _ token: DeviceToken?, shown methods: Set<AuthenticationMethod>
    ) throws -> (IssuedTokens, SessionOpening) {
        let (step, secret, id, now) = (pending.step, secrets.first(), SessionID(ids.ordered()), clock.now)
        // The device that did the first step, where it says again who it is; else it is known by a new token.
        let same = token.flatMap { secrets.digest(of: $0.secret) == step.knownDevice ? $0 : nil }
        let known = same ?? DeviceToken(secret: secrets.first())
        let access = try tokens.issue(to: pending.user, session: id, since: now, by: methods, at: now)
        let opening = SessionOpening(
            id: id, userID: step.userID, device: device, chain: RefreshChain(first: secret, secrets: secrets),
            life: min(rules.life, rules.mostLife), checked: step.checked, epoch: step.epoch,
            mark: secrets.digest(of: known.secret), secondFactor: step.factor, methods: methods)
        let issued = IssuedTokens(
            access: access, refresh: RefreshToken(session: id, generation: 0, secret: secret), session: id,
            user: step.userID, device: known)
        return (issued, opening)
    }
}
