import AuthKit
import DomainKit
import HTTPKit
import IdentityEvents
import ServiceKit
import UserDomain
import UserHTTP
import UserStorage

/// What stands behind the ports: PostgreSQL and libsodium in a running service, memory in tests. What is made of them is
/// the same.
struct UserAdapters<
    Store: UserStore & SessionStore & EmailProofs & EmailChanges & SecurityEvents, Hasher: PasswordHasher,
    Keys: AccessTokens & ServiceTokens & PublishedKeys & VerificationKeys
>: Sendable {
    let store: Store
    let factors: any SecondFactorStore
    let passkeys: any PasskeyStore
    let administration: any AdministrationStore
    let erasures: any ErasureStore
    let dataExports: any DataExportStore
    let subjects: any DecisionSubjects
    let hasher: Hasher
    let keys: Keys
    let budgets: any GuessBudgets
    let secrets: any RefreshSecrets
    let mailTokens: any MailTokens
    let breached: any BreachedPasswords
    let idempotency: any IdempotencyStore
    let services: any ServiceClients
    let serviceSecrets: any ServiceSecrets
    let membershipReports: any MembershipReports
    let identityEvents: any IdentityFeed
    let revocations: RevocationTable
    let limits: any RateLimitStore
    var decisionCounts = DecisionCounts()
    var ids: any IDSource = SystemIDSource()
    var clock: any WallClock = SystemWallClock()

    func routes(_ config: UserConfig) -> AccessRouter<CallerContext> {
        userRouter(
            UserUseCases(
                store: store, factors: factors, passkeys: passkeys, site: config.site, hasher: hasher, tokens: keys,
                services: services,
                serviceSecrets: serviceSecrets, budgets: budgets, secrets: secrets, mailTokens: mailTokens,
                breached: breached, requiresVerifiedEmail: config.requiresVerifiedEmail, rules: config.sessions,
                stepUp: config.stepUp, ids: ids, clock: clock),
            admin: AdminUseCases(store: administration),
            erasures: ErasureUseCases(
                store: store, erasures: erasures, factors: factors, hasher: hasher, budgets: budgets,
                stepUp: config.stepUp, grace: config.erasureGrace),
            decide: Decide(subjects: subjects),
            webhooks: TakeWebhook(
                proofs: StandardWebhookProofs(config.paymentWebhooks), reports: membershipReports),
            edge: UserEdge(
                verifier: TokenVerifier(
                    keys: keys, rules: .init(issuer: config.tokens.issuer, audience: config.tokens.audience),
                    revocations: revocations, clock: clock),
                limits: UserLimits(
                    signUpsPerMinute: config.signUpsPerMinute, signInsPerMinute: config.signInsPerMinute,
                    mailsPerMinute: config.mailsPerMinute,
                    refreshesPerMinute: config.refreshesPerMinute,
                    tokenRequestsPerMinute: config.tokenRequestsPerMinute,
                    webhooksPerMinute: config.webhooksPerMinute, decisionsPerMinute: config.decisionsPerMinute,
                    explanationsPerMinute: config.explanationsPerMinute, store: limits),
                idempotency: idempotency, identityEvents: identityEvents, issuer: config.tokens.issuer,
                isSecure: config.common.publicURL.hasPrefix("https://"), stepUp: config.stepUp,
                decisionCounts: decisionCounts,
                dataExports: dataExports, ids: ids))
    }
}
