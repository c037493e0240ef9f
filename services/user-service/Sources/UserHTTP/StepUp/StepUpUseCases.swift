import DomainKit
import UserDomain
import WebAuthn

/// What the routes of steps up can do.
struct StepUpUseCases: Sendable {
    let options: @Sendable (ActingOwner) async throws -> RequestOptions
    let show: @Sendable (ActingOwner, StepUpProof) async throws -> SteppedUp

    init(
        store: some UserStore & SessionStore, factors: any SecondFactorStore, passkeys: any PasskeyStore,
        site: RelyingParty?, hasher: some PasswordHasher, tokens: some AccessTokens, budgets: any GuessBudgets,
        clock: any WallClock
    ) {
        let stepping = StepUp(
            users: store, sessions: store, hasher: hasher, tokens: tokens, factors: factors, passkeys: passkeys,
            site: site, budgets: budgets, clock: clock)
        options = { try await stepping.options($0) }
        show = { try await stepping($0, by: $1) }
    }
}
