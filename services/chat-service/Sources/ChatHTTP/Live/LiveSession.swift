import AuthKit
import ChatDomain
import DomainKit
import Dispatch
import Foundation
import HTTPKit
import NIOCore
import WebSocketKit

/// One socket: who is on it, what it listens to, and what it is owed. No task, no timer and no lock of its own.
// @unchecked: touched on its loop only; use cases and tasks just carry it back there.
final class LiveSession: WebSocketHandler, @unchecked Sendable {
    let service: LiveService
    let loop: LiveLoop
    let connection: WebSocketConnection
    let id: UUID
    /// Where it stands in the loop's list.
    var place = 0
    private var viewer: Viewer?
    var userID: UserID? { viewer?.id }
    /// Until there is a token: when it must be there. After that: when it ends. Seconds since 1970.
    private var deadline: TimeInterval
    private var isWarned = false
    private(set) var isWritable = true
    private var isDraining = false
    private var subscriptions: [Subscription] = []
    private var gate: FloodGate
    /// Frames taken and not answered yet.
    private var owed = 0

    init(service: LiveService, loop: LiveLoop, connection: WebSocketConnection, principal: Principal?) {
        self.service = service
        self.loop = loop
        self.connection = connection
        id = service.ids.random()
        gate = FloodGate(burst: service.settings.frameBurst, now: DispatchTime.now().uptimeNanoseconds)
        deadline = Date().timeIntervalSince1970 + service.settings.authenticationTimeout
        if let principal { admit(principal) }
    }

    private func admit(_ principal: Principal) {
        viewer = Viewer(principal)
        deadline = principal.expiresAt.timeIntervalSince1970
        isWarned = false
    }

    // MARK: What the socket reports

    func opened(_ connection: WebSocketConnection) {
        loop.add(self)
        loop.hub.metrics.socketOpened()
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        let settings = service.settings
        let now = DispatchTime.now().uptimeNanoseconds
        guard gate.admits(rate: settings.framesPerSecond, burst: settings.frameBurst, now: now) else {
            return connection.close(.flooding, reason: "too many frames")
        }
        do throws(ClientFrameError) {
            handle(try ClientFrameReader.read(text))
        } catch {
            switch error {
            case .notAFrame: connection.close(.badFrame, reason: "not a JSON object")
            case .invalid(let id, let violations):
                guard userID != nil else { return closeUnauthenticated() }
                refuse(id, .invalid(violations))
            }
        }
    }

    func writabilityChanged(isWritable: Bool, on connection: WebSocketConnection) {
        self.isWritable = isWritable
        guard isWritable else { return }
        for subscription in subscriptions { subscription.advance() }
    }

    func fellBehind(pendingBytes: Int, on connection: WebSocketConnection) {
        connection.close(.tooSlow, reason: "reads too slowly")
    }

    func draining(_ connection: WebSocketConnection) {
        let spread = service.settings.reconnectSpread / .milliseconds(1)
        send(.drain(reconnectAfterMilliseconds: Int.random(in: 0...max(1, Int(spread)))))
        isDraining = true
        closeIfDrained()
    }

    func closed(_ code: WebSocketCloseCode, on connection: WebSocketConnection) {
        loop.remove(self)
        loop.hub.metrics.socketClosed()
        let ending = subscriptions
        subscriptions = []
        for subscription in ending { subscription.end() }
    }

    // MARK: Time

    /// Called about once a second.
    func tick(_ now: TimeInterval) {
        if now >= deadline { return closeUnauthenticated() }
        guard userID != nil, !isWarned, now >= deadline - service.settings.expiryWarning else { return }
        isWarned = true
        send(.tokenExpiring(Date(timeIntervalSince1970: deadline)))
    }

    private func closeUnauthenticated() {
        connection.close(.tokenMissingOrExpired, reason: userID == nil ? "token missing" : "token expired")
    }

    // MARK: Answers

    func send(_ frame: ServerFrame) {
        connection.send(frame.encoded)
    }

    func refuse(_ id: FrameID?, _ failure: Failure) {
        send(.error(id, service.problem(failure, session: self.id)))
    }

    /// The answer to a frame that could not be answered at once.
    func answer(_ frame: EncodedFrame) {
        connection.send(frame)
        settle()
    }

    private func settle() {
        owed -= 1
        closeIfDrained()
    }

    /// A stopping server still says what became of the frames it took.
    private func closeIfDrained() {
        if isDraining, owed == 0 { connection.close(.serviceRestart) }
    }
}

// MARK: - Frames

extension LiveSession {
    private func handle(_ frame: ClientFrame) {
        if case .auth(let id, let token) = frame { return authenticate(id, token) }
        guard let userID else { return closeUnauthenticated() }
        switch frame {
        case .send(let id, let room, let clientID, let body, let replyTo):
            say(id, body, clientID, replyTo, in: room, as: userID)
        case .subscribe(let id, let room, let afterSeq): subscribe(id, to: room, afterSeq)
        case .unsubscribe(let id, let room):
            if let subscription = subscription(to: room) { drop(subscription) }
            send(.ok(id))
        case .typing(let room):
            guard subscription(to: room)?.isLive == true else { return refuse(nil, .notSubscribed(to: room)) }
            loop.hub.announce(.typing(room, userID))
        case .ping(let id): send(.ok(id))
        case .auth: break
        }
    }

    private func say(
        _ id: FrameID, _ body: MessageText, _ clientID: ClientID, _ replyTo: MessageID?, in room: RoomID,
        as user: UserID
    ) {
        owed += 1
        service.actions.send(body, clientID, replyTo, room, user) { [self] result in
            let frame: ServerFrame =
                switch result {
                case .success(let receipt): .sent(id, receipt)
                case .failure(let failure): .error(id, service.problem(failure, session: self.id))
                }
            loop.post(.answer(self, frame.encoded))
        }
    }

    private func authenticate(_ id: FrameID, _ token: String) {
        if let principal = service.verifier.remembered(token) { return authenticated(id, .success(principal)) }
        owed += 1
        Task { [self] in
            let result: Result<Principal, Failure>
            do throws(Failure) {
                result = .success(try await service.verifier.verify(token))
            } catch {
                result = .failure(error)
            }
            loop.post(
                .run { _ in
                    self.authenticated(id, result)
                    self.settle()
                })
        }
    }

    private func authenticated(_ id: FrameID, _ result: Result<Principal, Failure>) {
        switch result {
        case .success(let principal) where userID == nil || userID == UserID(principal.userID):
            admit(principal)
            let user = UserID(principal.userID)
            send(.authenticated(id, userID: user, connectionID: self.id, expiresAt: principal.expiresAt))
        case .success:
            refuse(id, .foreignToken)
        case .failure(let failure):
            refuse(id, failure)
            // A socket with a good token keeps it; one without has none to keep, unless the fault is ours.
            if userID == nil, failure.kind == .unauthenticated { closeUnauthenticated() }
        }
    }
}

// MARK: - Subscriptions

extension LiveSession {
    private func subscription(to room: RoomID) -> Subscription? {
        subscriptions.first { $0.room.id == room }
    }

    func drop(_ subscription: Subscription) {
        subscriptions.removeAll { $0 === subscription }
        subscription.end()
    }

    /// Subscribing again starts over, from where the client says it is.
    private func subscribe(_ id: FrameID, to room: RoomID, _ afterSeq: Int64?) {
        guard let viewer else { return closeUnauthenticated() }
        let former = subscription(to: room)
        guard former != nil || subscriptions.count < service.settings.maximumSubscriptions else {
            return refuse(id, .tooManySubscriptions(limit: service.settings.maximumSubscriptions))
        }
        // The room hears of removals from now on, before it is asked who may listen: none falls between.
        let subscription = Subscription(session: self, room: loop.room(room))
        subscription.room.add(subscription)
        subscriptions.append(subscription)
        if let former { drop(former) }
        owed += 1
        Task { [self] in
            await loop.hub.ready(room)
            let result: Result<Int64, Failure>
            do throws(Failure) {
                result = .success(try await service.actions.open(room, viewer))
            } catch {
                result = .failure(error)
            }
            loop.post(
                .run { _ in
                    self.subscribed(subscription, id, afterSeq, result)
                    self.settle()
                })
        }
    }

    private func subscribed(
        _ subscription: Subscription, _ id: FrameID, _ afterSeq: Int64?, _ result: Result<Int64, Failure>
    ) {
        switch result.flatMapOptional({ subscription.open(at: $0) }) {
        case nil:
            refuse(id, .subscriptionReplaced(subscription.room.id))
        case .failure(let failure):
            refuse(id, failure)
            drop(subscription)
        case .success(let joined):
            let reached = max(joined, (try? result.get()) ?? 0)
            join(subscription, id, afterSeq, joined: joined, reached: reached)
        }
    }

    private func join(
        _ subscription: Subscription, _ id: FrameID, _ afterSeq: Int64?, joined: Int64, reached: Int64
    ) {
        let room = subscription.room
        let known = afterSeq ?? joined
        let isSeenAhead = known > joined && known <= reached
        let lastSeq = isSeenAhead ? known : joined
        send(.subscribed(id, lastSeq: lastSeq, membersOnline: room.usersOnline))
        if isSeenAhead {
            subscription.skip(through: known)
        } else if known > reached || joined - known > service.settings.longestCatchUp {
            send(.resync(room.id, lastSeq: joined))
        } else if known < joined {
            subscription.catchUp(after: known, upTo: joined)
        }
    }
}

extension Result {
    /// Nil when `transform` has nothing to say to a success.
    fileprivate func flatMapOptional<New>(_ transform: (Success) -> Result<New, Failure>?) -> Result<New, Failure>? {
        switch self {
        case .success(let value): transform(value)
        case .failure(let error): .failure(error)
        }
    }
}
