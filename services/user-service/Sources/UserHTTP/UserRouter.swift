public import AuthKit
import DomainKit
public import HTTPKit
public import Hummingbird
import NIOCore
import UserDomain

/// What the routes need beside the use cases.
public struct UserEdge: Sendable {
    public var verifier: TokenVerifier
    public var limits: UserLimits
    public var idempotency: any IdempotencyStore
    /// The `iss` of our tokens, a URL without a slash at its end.
    public var issuer: String
    /// Whether clients reach the platform over HTTPS.
    public var isSecure: Bool

    public init(
        verifier: TokenVerifier, limits: UserLimits, idempotency: any IdempotencyStore, issuer: String, isSecure: Bool
    ) {
        self.verifier = verifier
        self.limits = limits
        self.idempotency = idempotency
        self.issuer = issuer
        self.isSecure = isSecure
    }
}

/// Every route of the service: those open to all, and those that need a token.
public func userRouter(_ useCases: UserUseCases, edge: UserEdge) -> Router<CallerContext> {
    let router = Router(context: CallerContext.self)
    let accounts = AccountRoutes(useCases: useCases)
    let sessions = SessionRoutes(useCases: useCases, cookie: DeviceCookie(isSecure: edge.isSecure))

    DiscoveryRoutes(
        keys: useCases.keys, issuer: edge.issuer, specification: ByteBuffer(bytes: UserSpecification.bytes)
    ).add(to: router)
    accounts.addOpen(
        to: router.group()
            .add(middleware: RateLimitMiddleware(edge.limits.signUp, store: edge.limits.store))
            .add(middleware: IdempotencyMiddleware(store: edge.idempotency)))
    sessions.addOpen(
        signIn: router.group().add(middleware: RateLimitMiddleware(edge.limits.signIn, store: edge.limits.store)),
        refresh: router.group())

    let guarded = router.group().add(middleware: BearerMiddleware(verifier: edge.verifier))
    accounts.addGuarded(to: guarded)
    sessions.addGuarded(to: guarded)
    MeRoutes(useCases: useCases).add(to: guarded)
    return router
}
