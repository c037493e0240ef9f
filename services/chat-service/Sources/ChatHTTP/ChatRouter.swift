public import AuthKit
import ChatDomain
public import HTTPKit
import NIOCore

/// What the routes need beside the use cases.
public struct ChatEdge: Sendable {
    public var verifier: TokenVerifier
    public var idempotency: any IdempotencyStore
    public var limits: ChatLimits
    public var live: LiveService

    public init(
        verifier: TokenVerifier, idempotency: any IdempotencyStore, limits: ChatLimits, live: LiveService
    ) {
        self.verifier = verifier
        self.idempotency = idempotency
        self.limits = limits
        self.live = live
    }
}

/// Every route of the service, each with who may call it.
public func chatRouter(_ useCases: ChatUseCases, edge: ChatEdge) -> AccessRouter<CallerContext> {
    let routes = AccessRouter(verifier: edge.verifier)
    let repeating = IdempotencyMiddleware<CallerContext>(
        store: edge.idempotency, content: .body(limit: 64 * 1_024))
    let repeatable = routes.with(repeating)
    // Limits stand before what keeps answers: who is beyond one costs the database nothing.
    let opening = routes.with(RateLimitMiddleware(edge.limits.rooms, store: edge.limits.store)).with(repeating)
    let speaking = routes.with(RateLimitMiddleware(edge.limits.messages))

    SpecificationRoute(ByteBuffer(bytes: ChatSpecification.bytes)).add(to: routes)
    edge.live.add(to: routes)
    RoomRoutes(useCases: useCases).add(to: repeatable, opening: opening)
    DirectRoomRoutes(useCases: useCases).add(to: opening)
    InvitationRoutes(useCases: useCases).add(to: repeatable)
    MemberRoutes(useCases: useCases).add(to: repeatable)
    BanRoutes(useCases: useCases).add(to: repeatable)
    PresenceRoutes(useCases: useCases).add(to: routes)
    ReadRoutes(useCases: useCases).add(to: routes)
    MessageRoutes(useCases: useCases).add(to: routes, speaking: speaking, sending: speaking.with(repeating))
    return routes
}

/// The OpenAPI document this service keeps to, compiled in.
enum ChatSpecification {
    static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
