public import DomainKit
import Foundation

/// Opens a session for whoever has done the first step of a sign-in and shows a code.
public struct FinishSignIn<Tokens: AccessTokens>: Sendable {
    private let factors: any SecondFactorStore
    private let budgets: any GuessBudgets
    private let maker: SessionMaker<Tokens>

    public init(
        factors: any SecondFactorStore, tokens: Tokens, budgets: any GuessBudgets, secrets: any RefreshSecrets,
        rules: SessionRules, ids: any IDSource, clock: any WallClock
    ) {
        self.factors = factors
        self.budgets = budgets
        maker = SessionMaker(tokens: tokens, secrets: secrets, rules: rules, ids: ids, clock: clock)
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
        let digest = maker.secrets.digest(of: claim.secret)
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
        let step = pending.step
        let account = Credentials(user: pending.user.of(step.epoch), hash: step.checked, secondFactor: step.factor)
        // The device that did the first step, where it says again who it is; else it is known by a new token.
        let same = token.flatMap { maker.mark($0) == step.knownDevice ? $0 : nil }
        return try maker.session(of: account, shown: methods, on: device, known: same)
    }
}

extension User {
    /// As it was checked at the first step: what has changed since is found when the session is opened.
    fileprivate func of(_ epoch: Int64) -> User {
        var user = self
        user.epoch = epoch
        return user
    }
}
