import DomainKit
import OneTimePasswords
import UserDomain

/// What the routes of second factors can do.
struct SecondFactorUseCases: Sendable {
    let finishSignIn: @Sendable (_ token: String, _ code: String, Device, DeviceToken?) async throws -> IssuedTokens
    let begin: @Sendable (ActingOwner) async throws -> FactorOffer
    let confirm: @Sendable (_ code: String, ActingOwner) async throws -> [RecoveryCode]
    let remove: @Sendable (_ code: String, ActingOwner) async throws -> Void
    let replaceRecoveryCodes: @Sendable (_ code: String, ActingOwner) async throws -> [RecoveryCode]

    init(
        store: some UserStore & SessionStore, factors: any SecondFactorStore,
        passkeys: any PasskeyStore, tokens: some AccessTokens,
        budgets: any GuessBudgets, secrets: any RefreshSecrets, rules: SessionRules, stepUp: StepUpRules,
        ids: any IDSource, clock: any WallClock
    ) {
        let finishing = FinishSignIn(
            factors: factors, tokens: tokens, budgets: budgets, secrets: secrets, rules: rules, ids: ids, clock: clock)
        finishSignIn = { try await finishing($0, code: $1, device: $2, knownBy: $3) }
        let own = ManageSecondFactor(
            users: store, sessions: store, factors: factors, passkeys: passkeys, budgets: budgets, ids: ids,
            stepUp: stepUp)
        begin = { try await own.begin($0) }
        confirm = { try await own.confirm($0, by: $1) }
        remove = { try await own.remove($0, by: $1) }
        replaceRecoveryCodes = { try await own.replaceRecoveryCodes($0, by: $1) }
    }
}
