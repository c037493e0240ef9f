public import AuthKit
public import ChatDomain
public import DomainKit
import Foundation
public import HTTPKit
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
public import WebSocketKit

/// `GET /v1/ws`: opens chat sockets, subprotocol `chat.v1`.
public final class LiveService: Sendable {
    public static let path = "/v1/ws"
    public static let subprotocol = "chat.v1"

    let settings: LiveSettings
    let actions: LiveActions
    let verifier: TokenVerifier
    let admission: SocketAdmission
    let messages: LeasedRateLimit
    let ids: any IDSource
    private let hub: RoomHub
    private let clock: any WallClock
    private let loops = Mutex<[ObjectIdentifier: LiveLoop]>([:])

    public init(
        hub: RoomHub, actions: LiveActions, verifier: TokenVerifier, admission: SocketAdmission, limits: ChatLimits,
        ids: any IDSource, clock: any WallClock
    ) {
        self.hub = hub
        self.actions = actions
        self.verifier = verifier
        self.admission = admission
        messages = limits.messages
        self.ids = ids
        self.clock = clock
        settings = hub.settings
    }

    /// The route for `HTTPServerBuilder.http1WebSocketUpgrade`. Messages are limited to 64 KiB. Handshakes are told of as
    /// `edge` says, like requests.
    public func route(_ edge: EdgeOptions = EdgeOptions()) -> WebSocketRoute {
        var configuration = WebSocketConfiguration()
        configuration.maximumMessageBytes = 64 * 1_024
        // Whatever is no frame of ours is 4400; what is no WebSocket at all keeps the standard's codes.
        configuration.closeCode = { violation in
            switch violation {
            case .invalidUTF8, .messageTooBig, .unexpectedBinary: .badFrame
            case .framing: violation.standardCloseCode
            }
        }
        let log = HandshakeLog(route: Self.path, edge)
        return WebSocketRoute(
            path: Self.path, configuration: configuration, subprotocols: [Self.subprotocol],
            origins: .only(settings.allowedOrigins),
            opening: { head in
                LiveHandshake(
                    service: self, head: head, scope: RequestScope(head.headerFields), log: log,
                    problemTypeBase: edge.problemTypeBase)
            })
    }

    /// Makes the path known to the router, so that other methods of it are 405; every GET is taken before it comes there.
    func add(to routes: AccessRouter<CallerContext>) {
        routes.get(Self.path, .proof(.firstFrame)) { _, _ -> Response in throw Failure.handshakeNeeded }
    }

    /// Fails: `noParameters`, `unavailable` when full, rate limited, unauthenticated for a bad token, `tooManySockets`.
    func accept(_ request: WebSocketRequest, from network: String) async throws -> WebSocketAcceptance {
        if request.head.path?.contains("?") == true { throw Failure.noParameters }
        guard hub.metrics.socketCount < settings.maximumConnections else {
            throw Failure.unavailable("room for one more socket")
        }
        try await admission.require(from: network)
        let (fields, id) = (request.head.headerFields, ids.random())
        let userAgent = String((fields[.userAgent] ?? "").unicodeScalars.prefix(Connection.longestUserAgent))
        // Nil without a field: such a client has to send an `auth` frame first.
        guard let principal = try await verifier.holder(in: fields) else {
            return WebSocketAcceptance { connection in
                LiveSession(
                    id, service: self, loop: self.loop(of: connection.eventLoop), connection: connection,
                    userAgent: userAgent)
            }
        }
        let place = try await admission.place(for: principal, id: id, userAgent: userAgent)
        return WebSocketAcceptance { connection in
            LiveSession(
                id, service: self, loop: self.loop(of: connection.eventLoop), connection: connection,
                entering: (principal, place))
        }
    }

    private func loop(of eventLoop: any EventLoop) -> LiveLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = LiveLoop(eventLoop: eventLoop, hub: hub, clock: clock)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }

    /// Something became known of the tokens of `user`: the sockets whose token is void are closed, on their loops. From any
    /// thread, after the verifier knows it.
    ///
    /// A loop that is made later looks by itself at every socket it takes in.
    public func recheck(_ user: UserID) {
        for loop in loops.withLock({ Array($0.values) }) { loop.post(.run { $0.recheck(user) }) }
    }

    func refusedHandshake(_ failure: Failure) { hub.metrics.refused(failure) }

    func problem(_ failure: Failure, session: UUID) -> Problem {
        Problem(
            failure, instance: Self.path, requestID: session.lowercased, typeBase: settings.problemTypeBase)
    }
}

/// The use cases a socket can call.
public struct LiveActions: Sendable {
    let send: @Sendable (MessageText, ClientID, MessageID?, RoomID, UserID, @escaping MessageLog.Reply) -> Void
    /// Whether somebody may speak, where that is known.
    let rightAsKnown: @Sendable (UserID) -> Result<Void, Failure>?
    let expect: @Sendable (UserID) -> Void
    let requireRight: @Sendable (UserID) async throws(Failure) -> Void
    let open: @Sendable (RoomID, Viewer) async throws(Failure) -> RoomPosition

    /// How far somebody has read.
    let read: @Sendable (_ seq: Int64, RoomID, UserID) async throws(Failure) -> ReadMark

    public init<Rooms, Log, Marks, Events, Rights>(
        send: SendMessage<Log, Events, Rights>, open: OpenSubscription<Rooms>, read: MarkRead<Marks, Events>
    ) {
        self.read = { seq, room, user throws(Failure) in try await read(upTo: seq, in: room, as: user) }
        self.send = { send($0, clientID: $1, replyTo: $2, in: $3, as: $4, reply: $5) }
        rightAsKnown = { send.rightAsKnown(of: $0) }
        expect = { send.expect($0) }
        requireRight = { user throws(Failure) in try await send.requireRight(of: user) }
        self.open = { room, viewer throws(Failure) in try await open(room, as: viewer) }
    }
}
