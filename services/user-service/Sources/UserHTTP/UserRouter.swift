public import AuthKit
public import DomainKit
public import HTTPKit
public import IdentityEvents
import NIOCore
public import UserDomain

/// What the routes need beside the use cases.
public struct UserEdge: Sendable {
    public var verifier: TokenVerifier
    public var limits: UserLimits
    public var idempotency: any IdempotencyStore
    /// What makes tokens void.
    public var identityEvents: any IdentityFeed
    /// The `iss` of our tokens, a URL without a slash at its end.
    public var issuer: String
    /// Whether clients reach the platform over HTTPS.
    public var isSecure: Bool
    /// What is asked of admins beside the role.
    public var stepUp: StepUpRules
    public var decisionCounts: DecisionCounts
    public var dataExports: any DataExportStore
    public var ids: any IDSource

    public init(
        verifier: TokenVerifier, limits: UserLimits, idempotency: any IdempotencyStore,
        identityEvents: any IdentityFeed, issuer: String, isSecure: Bool, stepUp: StepUpRules,
        decisionCounts: DecisionCounts,
        dataExports: any DataExportStore, ids: any IDSource
    ) {
        self.verifier = verifier
        self.limits = limits
        self.idempotency = idempotency
        self.identityEvents = identityEvents
        self.issuer = issuer
        self.isSecure = isSecure
        self.stepUp = stepUp
        self.decisionCounts = decisionCounts
        self.dataExports = dataExports
        self.ids = ids
    }
}

/// Every route of the service, each with who may call it.
public func userRouter(
    _ useCases: UserUseCases, admin: AdminUseCases, erasures: ErasureUseCases, decide: Decide, webhooks: TakeWebhook,
    edge: UserEdge
) -> AccessRouter<CallerContext> {
    let routes = AccessRouter(verifier: edge.verifier)
    let limits = edge.limits
    func limited(_ policy: RateLimitPolicy, _ group: AccessRouter<CallerContext>) -> AccessRouter<CallerContext> {
        group.with(RateLimitMiddleware(policy, store: limits.store))
    }

    SpecificationRoute(ByteBuffer(bytes: UserSpecification.bytes)).add(to: routes)
    DiscoveryRoutes(keys: useCases.keys, issuer: edge.issuer).add(to: routes)
    AccountRoutes(useCases: useCases).add(
        to: routes,
        signingUp: limited(limits.signUp, routes).with(IdempotencyMiddleware(store: edge.idempotency)))
    EmailRoutes(useCases: useCases).add(
        asking: limited(limits.mail, routes), confirming: limited(limits.mailToken, routes))
    let (cookie, signingIn) = (DeviceCookie(isSecure: edge.isSecure), limited(limits.signIn, routes))
    SessionRoutes(useCases: useCases, cookie: cookie).add(
        to: routes, signingIn: signingIn, renewing: limited(limits.refresh, routes))
    SecondFactorRoutes(useCases: useCases.secondFactors, cookie: cookie).add(to: routes, signingIn: signingIn)
    PasskeyRoutes(useCases: useCases.passkeys, cookie: cookie).add(
        to: routes, creating: routes.with(IdempotencyMiddleware(store: edge.idempotency)), signingIn: signingIn)
    StepUpRoutes(useCases: useCases.stepUp).add(to: routes)
    MeRoutes(useCases: useCases, erasures: erasures).add(to: routes)
    AdminRoutes(useCases: admin, stepUp: edge.stepUp).add(to: routes)
    DecisionRoutes(decide: decide, counts: edge.decisionCounts).add(to: routes.with(DecisionLimit(limits)))
    WebhookRoutes(take: webhooks).add(to: limited(limits.webhook, routes))
    TokenRoutes(useCases: useCases).add(to: limited(limits.token, routes.with(TokenErrors())))
    ErasureRoutes(store: erasures.store).add(to: routes)
    DataExportRoutes(store: edge.dataExports, verifier: edge.verifier, ids: edge.ids).add(
        to: routes, creating: routes.with(IdempotencyMiddleware(store: edge.idempotency)))
    RevocationRoutes(feed: edge.identityEvents).add(to: routes)
    return routes
}

/// The OpenAPI document this service keeps to, compiled in.
public enum UserSpecification {
    public static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
