import AuthKit
import ChatDomain
import HTTPKit
import Hummingbird

/// All REST routes of the service: the table the specification is held against.
func chatRouter(
    rooms: RoomRoutes, members: MemberRoutes, messages: MessageRoutes, live: LiveService,
    specification: SpecificationRoute, verifier: TokenVerifier, idempotency: any IdempotencyStore
) -> Router<CallerContext> {
    let router = Router(context: CallerContext.self)
    specification.add(to: router)
    live.add(to: router)
    let guarded = router.group().add(middleware: BearerMiddleware(verifier: verifier))
        .add(middleware: IdempotencyMiddleware(store: idempotency, content: .body(limit: 64 * 1_024)))
    rooms.add(to: guarded)
    members.add(to: guarded)
    messages.add(to: guarded)
    return router
}
