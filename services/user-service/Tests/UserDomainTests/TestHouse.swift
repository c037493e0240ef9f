import DomainKit
import Foundation
import PlatformTesting
import UserDomain
import UserTestKit
import WebAuthn

/// The use cases on ports in memory.
struct TestHouse {
    static let password = "tr0ub4dor&3"

    let accounts: InMemoryAccounts
    let budgets: InMemoryGuessBudgets
    let hasher = QuickHasher()
    let clock = TestClock()

    init() {
        accounts = InMemoryAccounts(clock: clock)
        budgets = InMemoryGuessBudgets(clock: clock)
    }

    func signUp() async throws -> User {
        try await SignUp(users: accounts, hasher: hasher, ids: SystemIDSource(), clock: clock)(
            email: "\(UUID().lowercased)@example.com", password: Self.password, displayName: "花子")
    }

    var signIn: SignIn<InMemoryAccounts, InMemoryAccounts, QuickHasher, PlainTokens> {
        SignIn(
            users: accounts, sessions: accounts, hasher: hasher, tokens: PlainTokens(), factors: accounts,
            budgets: budgets, secrets: ToySecrets(), rules: SessionRules(), ids: SystemIDSource(), clock: clock)
    }

    var finishSignIn: FinishSignIn<PlainTokens> {
        FinishSignIn(
            factors: accounts, tokens: PlainTokens(), budgets: budgets, secrets: ToySecrets(), rules: SessionRules(),
            ids: SystemIDSource(), clock: clock)
    }

    var secondFactor: ManageSecondFactor<InMemoryAccounts, InMemoryAccounts> { managingFactor(StepUpRules()) }

    func managingFactor(_ rules: StepUpRules) -> ManageSecondFactor<InMemoryAccounts, InMemoryAccounts> {
        ManageSecondFactor(
            users: accounts, sessions: accounts, factors: accounts, passkeys: accounts, budgets: budgets,
            ids: SystemIDSource(), stepUp: rules)
    }

    func changingEmail(
        _ rules: StepUpRules = StepUpRules()
    ) -> ChangeEmail<InMemoryAccounts, InMemoryAccounts, QuickHasher> {
        ChangeEmail(
            users: accounts, sessions: accounts, passkeys: accounts, changes: accounts, tokens: ToyMailTokens(),
            hasher: hasher, budgets: budgets, ids: SystemIDSource(), stepUp: rules)
    }

    static let site = try? RelyingParty(url: "http://localhost:8080", name: "Hiroba")

    var passkeys: ManagePasskeys<InMemoryAccounts, InMemoryAccounts> { managingPasskeys() }

    func managingPasskeys(
        _ rules: StepUpRules = StepUpRules(), site: RelyingParty? = TestHouse.site
    ) -> ManagePasskeys<InMemoryAccounts, InMemoryAccounts> {
        ManagePasskeys(
            users: accounts, sessions: accounts, passkeys: accounts, site: site, stepUp: rules, ids: SystemIDSource(),
            clock: clock)
    }

    var passkeySignIn: SignInWithPasskey<PlainTokens> { signingInWithPasskey() }

    func signingInWithPasskey(
        site: RelyingParty? = TestHouse.site, requiresVerifiedEmail: Bool = false
    ) -> SignInWithPasskey<PlainTokens> {
        SignInWithPasskey(
            passkeys: accounts, site: site, tokens: PlainTokens(), secrets: ToySecrets(), rules: SessionRules(),
            ids: SystemIDSource(), clock: clock, requiresVerifiedEmail: requiresVerifiedEmail)
    }

    var stepUp: StepUp<InMemoryAccounts, InMemoryAccounts, QuickHasher, PlainTokens> { steppingUp() }

    func steppingUp(
        site: RelyingParty? = TestHouse.site
    ) -> StepUp<InMemoryAccounts, InMemoryAccounts, QuickHasher, PlainTokens> {
        StepUp(
            users: accounts, sessions: accounts, hasher: hasher, tokens: PlainTokens(), factors: accounts,
            passkeys: accounts, site: site, budgets: budgets, clock: clock)
    }

    /// Whoever has these tokens, which are of this moment.
    func owner(_ tokens: IssuedTokens) -> ActingOwner {
        ActingOwner(id: tokens.user, session: tokens.session, authenticatedAt: clock.now, requestID: "r")
    }

    /// Somebody with the token of a sign-in of this moment, and the session it is of.
    func owner(_ user: User) async throws -> ActingOwner {
        let opening = SessionOpening.sample(
            of: user.id, checked: try await accounts.credentials(of: user.id)?.hash ?? PasswordHash(phc: ""))
        _ = try await accounts.open(opening)
        return ActingOwner(id: user.id, session: opening.id, authenticatedAt: clock.now, requestID: "r")
    }

    var refreshSession: RefreshSession<InMemoryAccounts, PlainTokens> {
        RefreshSession(
            sessions: accounts, tokens: PlainTokens(), secrets: ToySecrets(), rules: SessionRules(),
            clock: clock)
    }

    func signedIn(_ user: User, password: String = password) async throws -> IssuedTokens {
        try await signIn(email: user.email.description, password: ClaimedPassword(password), device: Device())
    }

    func refresh(_ token: RefreshToken) async throws -> IssuedTokens {
        try await refreshSession(token.description, device: Device(userAgent: "thief/1.0"))
    }
}
