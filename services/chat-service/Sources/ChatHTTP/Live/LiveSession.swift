import AuthKit
import ChatDomain
import DomainKit
import Foundation
import HTTPKit
import NIOCore
import Timing
import WebSocketKit

/// One socket: who is on it, what it listens to, and what it is owed. No task, no timer and no lock of its own.
// @unchecked: touched on its loop only; use cases and tasks just carry it back there.
final class LiveSession: WebSocketHandler, @unchecked Sendable {
    let service: LiveService
    let loop: LiveLoop
    let connection: WebSocketConnection
    let id: UUID
    /// Where it stands in the loop's lists; nil where it does not.
    var index: Int?
    var indexOfUser: Int?
    /// What the client says of itself, until it has a place.
    private(set) var userAgent: String
    private var credential: SocketCredential
    /// Its place among the sockets of its user; nil before there is one.
    private var place: ConnectionPlace?
    private var allowance: RateLimitAccount?
    private(set) var isWritable = true
    private var isDraining = false
    var subscriptions: [Subscription] = []
    /// Tokens that wait while the first is being looked at; nil when none is.
    var tokensBehind: [(FrameID, String)]?
    /// What waits for an answer whether it may be said.
    var unsaid = SpeechQueue()
    private var gate: FloodGate
    /// Frames taken and not answered yet.
    private var owed = 0

    /// A socket whose client has yet to say who is there.
    init(_ id: UUID, service: LiveService, loop: LiveLoop, connection: WebSocketConnection, userAgent: String) {
        self.id = id
        self.service = service
        self.loop = loop
        self.connection = connection
        self.userAgent = userAgent
        gate = FloodGate(burst: service.settings.frameBurst, now: Monotonic.now)
        credential = SocketCredential(
            expectedUntil: loop.clock.now.addingTimeInterval(service.settings.authenticationTimeout))
    }

    convenience init(
        _ id: UUID, service: LiveService, loop: LiveLoop, connection: WebSocketConnection,
        entering: (principal: Principal, place: ConnectionPlace)
    ) {
        self.init(id, service: service, loop: loop, connection: connection, userAgent: "")
        credential.renew(entering.principal)
        place = entering.place
    }

    var viewer: Viewer? { credential.principal.map { Viewer($0) } }
    var userID: UserID? { credential.userID }
    /// When `tick` has something to do, as far as is known.
    var dueAt: Date { credential.isDue(ahead: service.settings.expiryWarning) }
    /// The token, or the time to send one, has ended.
    var isOver: Bool { credential.isOver(at: loop.clock.now) }

    /// The first token of a socket that was opened without one, and the place it has by it.
    func admit(_ principal: Principal, at place: ConnectionPlace) {
        (self.place, userAgent) = (place, "")
        admit(principal)
    }

    /// How much its user may say: one object for all their sockets, and for REST.
    func allowance(of user: UserID) -> RateLimitAccount {
        if let allowance { return allowance }
        let allowance = service.messages.account(of: user.description)
        self.allowance = allowance
        return allowance
    }

    /// Call in the turn of the loop that found the token good: what becomes known later finds the socket by its user.
    func admit(_ principal: Principal) {
        credential.renew(principal)
        loop.identify(self)
        service.actions.expect(UserID(principal.userID))
    }

    // MARK: What the socket reports

    func opened(_ connection: WebSocketConnection) {
        loop.add(self)
        loop.hub.metrics.socketOpened()
        // The token was verified on its way here: what became known meanwhile did not find this socket.
        guard requireStanding(), let userID else { return }
        service.actions.expect(userID)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        let settings = service.settings
        let now = Monotonic.now
        guard gate.admits(rate: settings.framesPerSecond, burst: settings.frameBurst, now: now) else {
            return connection.close(.flooding, reason: "too many frames")
        }
        // The look once a second comes too late for what a batch of frames says after the end.
        guard !isOver else { return closeUnauthenticated() }
        // Nor does what became known wait for its turn on this loop.
        guard requireStanding() else { return }
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

    func closed(_ code: WebSocketCloseCode, reason: String, on connection: WebSocketConnection) {
        guard loop.remove(self) else { return }
        loop.hub.metrics.socketClosed()
        place?.giveBack()
        let ending = subscriptions
        subscriptions = []
        for subscription in ending { subscription.end() }
    }

    // MARK: Time

    /// Called about once a second.
    func tick(_ now: Date) {
        if credential.isOver(at: now) { return closeUnauthenticated() }
        guard requireStanding() else { return }
        guard credential.needsWarning(at: now, ahead: service.settings.expiryWarning) else { return }
        send(.tokenExpiring(credential.end))
    }

    func closeUnauthenticated() {
        connection.close(.tokenMissingOrExpired, reason: userID == nil ? "token missing" : "token expired")
    }

    /// Whether the token still counts, as far as is known at this moment; the socket closes when it does not, and when
    /// that has not been known for too long. A socket without a token has until its end to send one.
    @discardableResult
    func requireStanding() -> Bool {
        guard let principal = credential.principal else { return true }
        do throws(Failure) {
            try service.verifier.check(principal)
            return true
        } catch {
            revoke(error)
            return false
        }
    }

    private func revoke(_ failure: Failure) {
        guard connection.isOpen else { return }
        let (code, reason): (WebSocketCloseCode, String) =
            switch failure.kind {
            case .forbidden: (.banned, "banned")
            case .unauthenticated: (.tokenMissingOrExpired, "token revoked")
            default: (.tryAgainLater, "nobody can say who may stay")
            }
        loop.hub.metrics.revoked(code)
        connection.close(code, reason: reason)
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

    /// One more frame whose answer takes a while: `settle` is called once for it.
    func owe() {
        owed += 1
    }

    func settle() {
        owed -= 1
        closeIfDrained()
    }

    /// A stopping server still says what became of the frames it took.
    private func closeIfDrained() {
        if isDraining, owed == 0 { connection.close(.serviceRestart) }
    }
}
