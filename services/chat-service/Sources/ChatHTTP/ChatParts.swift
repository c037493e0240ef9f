public import AuthKit
public import ChatDomain
public import DomainKit
public import HTTPKit

/// The service between its stores and its port, put together in one place: for the server, and for tests with other
/// stores.
public struct ChatParts {
    public let hub: RoomHub
    public let live: LiveService
    public let routes: AccessRouter<CallerContext>

    /// The relay is to deliver to `hub` from then on.
    public init<Rooms: RoomStore, Members: MemberStore, Log: MessageLog>(
        rooms: Rooms, members: Members, log: Log, relay: any RoomRelay, settings: LiveSettings,
        verifier: TokenVerifier, idempotency: any IdempotencyStore, ids: any IDSource = SystemIDSource(),
        clock: any WallClock = SystemWallClock()
    ) {
        let hub = RoomHub(log: log, rooms: rooms, members: members, relay: relay, settings: settings)
        self.hub = hub
        live = LiveService(
            hub: hub,
            actions: LiveActions(
                send: SendMessage(log: log, events: hub, ids: ids), open: OpenSubscription(rooms: rooms)),
            verifier: verifier, ids: ids, clock: clock)
        routes = chatRouter(
            ChatUseCases(rooms: rooms, members: members, log: log, events: hub, ids: ids, clock: clock),
            edge: ChatEdge(verifier: verifier, idempotency: idempotency, live: live))
    }
}
