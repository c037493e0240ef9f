public import DomainKit
import Foundation
public import UserDomain
public import WebAuthn

/// What the routes can do, put together once: the edge knows verbs, and nothing of what is behind them.
public struct UserUseCases: Sendable {
    /// Nil where nobody is told whether there is an account now.
    let signUp:
        @Sendable (
            _ email: String, _ password: String, _ name: String, Language, _ id: UUID?, _ request: String
        ) async throws -> User?
    let askForVerification: @Sendable (_ email: String) async throws -> Void
    let verifyEmail: @Sendable (_ token: String, _ request: String) async throws -> Void
    let askForReset: @Sendable (_ email: String) async throws -> Void
    let resetPassword: @Sendable (_ token: String, _ new: String, Device, _ request: String) async throws -> Void
    let askForEmail: @Sendable (ActingOwner, _ email: String, ClaimedPassword) async throws -> Void
    let confirmEmail: @Sendable (_ token: String, Device, _ request: String) async throws -> EmailChange.State
    let signIn: @Sendable (String, ClaimedPassword, Device, DeviceToken?) async throws -> IssuedTokens
    let refresh: @Sendable (_ token: String, Device) async throws -> IssuedTokens
    let sessions: @Sendable (UserID, PageRequest) async throws -> Page<Session>
    let endSession: @Sendable (SessionID, _ of: UserID) async throws -> Void
    let endOtherSessions: @Sendable (_ of: UserID, _ than: SessionID?, _ request: String) async throws -> Void
    let account: @Sendable (UserID) async throws -> User
    let publicProfile: @Sendable (UserID) async throws -> User
    let change: @Sendable (UserID, _ name: String?, _ ifVersion: (Int) throws -> Void) async throws -> User
    let changePassword:
        @Sendable (
            UserID, ClaimedPassword, _ new: String, _ keeping: SessionID?, Device, _ request: String
        ) async throws -> Void
    let securityEvents: @Sendable (UserID, PageRequest) async throws -> Page<SecurityEvent>
    let secondFactors: SecondFactorUseCases
    let passkeys: PasskeyUseCases
    let stepUp: StepUpUseCases
    let keys: @Sendable () -> [PublishedKey]
    let grantToken: @Sendable (_ client: String, _ secret: String, _ scope: String?) async throws -> ServiceGrant

    public init(
        store: some UserStore & SessionStore & EmailProofs & EmailChanges & SecurityEvents,
        factors: any SecondFactorStore,
        passkeys passkeyStore: any PasskeyStore, site: RelyingParty?, hasher: some PasswordHasher,
        tokens: some AccessTokens & ServiceTokens & PublishedKeys,
        services: any ServiceClients, serviceSecrets: any ServiceSecrets, budgets: any GuessBudgets,
        secrets: any RefreshSecrets, mailTokens: any MailTokens, breached: any BreachedPasswords,
        requiresVerifiedEmail: Bool, rules: SessionRules,
        stepUp stepUpRules: StepUpRules,
        ids: any IDSource, clock: any WallClock
    ) {
        let up = SignUp(
            users: store, hasher: hasher, ids: ids, clock: clock, mail: SignUpMail(proofs: store, tokens: mailTokens),
            breached: breached)
        if requiresVerifiedEmail {
            signUp = {
                try await up.quietly(
                    email: $0, password: $1, displayName: $2, language: $3, id: $4, requestID: $5)
                return nil
            }
        } else {
            signUp = {
                try await up(email: $0, password: $1, displayName: $2, language: $3, id: $4, requestID: $5)
            }
        }
        let verifying = VerifyEmail(proofs: store, tokens: mailTokens, ids: ids)
        askForVerification = { try await verifying.ask(for: $0) }
        verifyEmail = { try await verifying.confirm($0, requestID: $1) }
        let resetting = ResetPassword(
            proofs: store, tokens: mailTokens, hasher: hasher, ids: ids, breached: breached)
        askForReset = { try await resetting.ask(for: $0) }
        resetPassword = { try await resetting.confirm($0, newPassword: $1, on: $2, requestID: $3) }
        let moving = ChangeEmail(
            users: store, sessions: store, passkeys: passkeyStore, changes: store, tokens: mailTokens, hasher: hasher,
            budgets: budgets, ids: ids, stepUp: stepUpRules)
        askForEmail = { try await moving.ask($0, to: $1, password: $2) }
        confirmEmail = { try await moving.confirm($0, on: $1, requestID: $2) }
        let signing = SignIn(
            users: store, sessions: store, hasher: hasher, tokens: tokens, factors: factors, budgets: budgets,
            secrets: secrets, rules: rules, ids: ids, clock: clock, requiresVerifiedEmail: requiresVerifiedEmail)
        signIn = { try await signing(email: $0, password: $1, device: $2, knownBy: $3) }
        let renewing = RefreshSession(
            sessions: store, tokens: tokens, secrets: secrets, rules: rules, clock: clock)
        refresh = { try await renewing($0, device: $1) }
        let devices = ManageSessions(sessions: store)
        sessions = { try await devices.list(of: $0, page: $1) }
        endSession = { try await devices.end($0, of: $1) }
        endOtherSessions = { try await devices.endOthers(of: $0, than: $1, requestID: $2) }
        let own = ManageAccount(users: store, clock: clock)
        account = { try await own.read($0) }
        publicProfile = { try await own.publicProfile(of: $0) }
        change = { try await own.change($0, displayName: $1, ifVersion: $2) }
        let changing = ChangePassword(users: store, hasher: hasher, budgets: budgets, breached: breached)
        changePassword = { try await changing(of: $0, from: $1, to: $2, keeping: $3, on: $4, requestID: $5) }
        securityEvents = { try await store.securityEvents(of: $0, page: $1) }
        secondFactors = SecondFactorUseCases(
            store: store, factors: factors, passkeys: passkeyStore, tokens: tokens, budgets: budgets, secrets: secrets,
            rules: rules,
            stepUp: stepUpRules, ids: ids, clock: clock)
        passkeys = PasskeyUseCases(
            store: store, passkeys: passkeyStore, site: site, tokens: tokens, secrets: secrets,
            requiresVerifiedEmail: requiresVerifiedEmail, rules: rules, stepUp: stepUpRules, ids: ids, clock: clock)
        stepUp = StepUpUseCases(
            store: store, factors: factors, passkeys: passkeyStore, site: site, hasher: hasher, tokens: tokens,
            budgets: budgets, clock: clock)
        keys = { tokens.published() }
        let granting = GrantServiceToken(clients: services, secrets: serviceSecrets, tokens: tokens)
        grantToken = { try await granting($0, secret: $1, scope: $2) }
    }
}
