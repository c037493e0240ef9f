import AuthKit
import ChatDomain
import ChatHTTP
import DomainKit
import HTTPKit
import IdentityEvents
import ServiceKit

/// What stands behind the ports: PostgreSQL and Redis in a running service, memory in tests. What is made of them is the
/// same.
struct ChatAdapters<
    Rooms: RoomStore, Members: MembershipStores, Log: MessageLog, Rights: RoomRights
>: Sendable {
    let rooms: Rooms
    let members: Members
    let log: Log
    let relay: any RoomRelay
    let keys: any VerificationKeys
    let revocations: RevocationTable
    let idempotency: any IdempotencyStore
    let rights: Rights
    let limits: any RateLimitStore & RateLimitLeases
    let registry: any ConnectionRegistry
    var ids: any IDSource = SystemIDSource()
    var clock: any WallClock = SystemWallClock()

    /// The relay is to deliver to the hub from then on.
    func parts(_ config: ChatConfig) -> ChatParts {
        let hub = RoomHub(log: log, rooms: rooms, members: members, relay: relay, settings: config.live)
        let verifier = TokenVerifier(
            keys: keys,
            rules: TokenVerifier.Rules(
                issuer: config.tokens.issuer, audience: config.tokens.audience,
                cacheCapacity: config.tokenCacheCapacity),
            revocations: revocations, clock: clock)
        let limits = ChatLimits(config.rates, store: limits)
        let live = LiveService(
            hub: hub,
            actions: LiveActions(
                send: SendMessage(log: log, events: hub, rights: rights, ids: ids),
                open: OpenSubscription(rooms: rooms),
                read: MarkRead(marks: members, events: hub, isShown: config.showsReadMarks)),
            verifier: verifier,
            admission: SocketAdmission(limits: limits, quotas: config.quotas, registry: registry, clock: clock),
            limits: limits, ids: ids, clock: clock)
        revocations.observe { event in live.recheck(UserID(event.userID)) }
        let useCases = ChatUseCases(
            rooms: rooms, members: members, log: log, events: hub, rights: rights, quotas: config.quotas,
            connections: registry, showsReadMarks: config.showsReadMarks, showsPresence: config.showsPresence, ids: ids,
            clock: clock)
        return ChatParts(
            hub: hub, live: live,
            routes: chatRouter(
                useCases, edge: ChatEdge(verifier: verifier, idempotency: idempotency, limits: limits, live: live)))
    }
}

/// The service between its stores and its port.
struct ChatParts {
    let hub: RoomHub
    let live: LiveService
    let routes: AccessRouter<CallerContext>
}
