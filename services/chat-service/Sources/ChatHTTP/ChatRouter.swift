public import AuthKit
import ChatDomain
public import HTTPKit
import NIOCore

/// What the routes need beside the use cases.
public struct ChatEdge: Sendable {
    public var verifier: TokenVerifier
    public var idempotency: any IdempotencyStore
    public var live: LiveService

    public init(verifier: TokenVerifier, idempotency: any IdempotencyStore, live: LiveService) {
        self.verifier = verifier
        self.idempotency = idempotency
        self.live = live
    }
}

/// Every route of the service, each with who may call it.
public func chatRouter(_ useCases: ChatUseCases, edge: ChatEdge) -> AccessRouter<CallerContext> {
    let routes = AccessRouter(verifier: edge.verifier)
    let repeatable = routes.with(IdempotencyMiddleware(store: edge.idempotency, content: .body(limit: 64 * 1_024)))

    SpecificationRoute(ByteBuffer(bytes: ChatSpecification.bytes)).add(to: routes)
    edge.live.add(to: routes)
    RoomRoutes(useCases: useCases).add(to: repeatable)
    MemberRoutes(useCases: useCases).add(to: repeatable)
    MessageRoutes(useCases: useCases).add(to: repeatable)
    return routes
}

/// The OpenAPI document this service keeps to, compiled in.
enum ChatSpecification {
    static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
