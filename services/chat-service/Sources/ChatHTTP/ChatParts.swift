public import AuthKit
public import ChatDomain
public import DomainKit
public import HTTPKit
public import Hummingbird

/// The service between its stores and its port, put together in one place: for the server, and for tests with other
/// stores.
public struct ChatParts {
    public let hub: RoomHub
    public let live: LiveService
    public let router: Router<CallerContext>

    /// The relay is to deliver to `hub` from then on.
    public init<Rooms: RoomStore, Members: MemberStore, Log: MessageLog>(
        rooms: Rooms, members: Members, log: Log, relay: any RoomRelay, settings: LiveSettings,
        verifier: TokenVerifier, idempotency: any IdempotencyStore, ids: any IDSource = SystemIDSource(),
        clock: any WallClock = SystemWallClock()
    ) {
        let hub = RoomHub(log: log, rooms: rooms, members: members, relay: relay, settings: settings)
        let send = SendMessage(log: log, events: hub, ids: ids)
        self.hub = hub
        live = LiveService(
            hub: hub, actions: LiveActions(send: send, open: OpenSubscription(rooms: rooms)), verifier: verifier,
            ids: ids, clock: clock)
        router = chatRouter(
            rooms: RoomRoutes(
                create: CreateRoom(rooms: rooms, ids: ids, clock: clock), list: ListRooms(rooms: rooms),
                read: ReadRoom(rooms: rooms), change: ChangeRoom(rooms: rooms, events: hub),
                delete: DeleteRoom(rooms: rooms, events: hub)),
            members: MemberRoutes(
                join: JoinRoom(members: members, events: hub, clock: clock),
                leave: LeaveRoom(members: members, events: hub, clock: clock),
                list: ListMembers(members: members),
                put: PutMember(members: members, events: hub, clock: clock),
                remove: RemoveMember(members: members, events: hub, clock: clock)),
            messages: MessageRoutes(send: send, history: ReadHistory(log: log)),
            live: live, specification: SpecificationRoute(), verifier: verifier, idempotency: idempotency)
    }
}
