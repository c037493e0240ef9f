import ChatDomain
import DomainKit
import NIOCore
import Synchronization
import WebSocketKit

/// The live part of the service on one event loop: its sessions, and the rooms they listen to.
///
/// Whatever comes from other threads goes through one queue with one wake-up, however much it is; the flushes of all
/// that is written in that turn are joined by the sockets.
// @unchecked: `inbox` has its lock, all else is touched on `eventLoop` only.
final class LiveLoop: @unchecked Sendable {
    enum Work: Sendable {
        case signal(RoomSignal, EncodedFrame)
        case answer(LiveSession, EncodedFrame)
        case run(@Sendable (LiveLoop) -> Void)
    }

    let eventLoop: any EventLoop
    let hub: RoomHub
    let clock: any WallClock
    private let inbox = Mutex<[Work]>([])
    private var batch: [Work] = []
    private var rooms: [RoomID: LoopRoom] = [:]
    private var sessions = SessionRoster()

    init(eventLoop: any EventLoop, hub: RoomHub, clock: any WallClock) {
        self.eventLoop = eventLoop
        self.hub = hub
        self.clock = clock
    }

    /// Has `work` done on the loop, after all that was posted before. From any thread.
    func post(_ work: Work) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(work)
            return inbox.count == 1
        }
        if isFirst { eventLoop.execute { self.work() } }
    }

    private func work() {
        inbox.withLock { swap(&$0, &batch) }
        for work in batch {
            switch work {
            case .signal(let signal, let frame): rooms[signal.roomID]?.received(signal, frame)
            case .answer(let session, let frame): session.answer(frame)
            case .run(let body): body(self)
            }
        }
        batch.removeAll(keepingCapacity: batch.count < 4_096)
    }
}

// MARK: - Rooms

extension LiveLoop {
    /// The room as this loop knows it, brought in when it is the first to ask.
    func room(_ id: RoomID) -> LoopRoom {
        if let room = rooms[id] { return room }
        let room = LoopRoom(id: id, loop: self)
        rooms[id] = room
        hub.attach(self, to: id)
        return room
    }

    /// Lets go of a room nobody here listens to.
    func release(_ room: LoopRoom) {
        guard room.isEmpty, rooms[room.id] === room else { return }
        rooms[room.id] = nil
        room.end()
        hub.detach(self, from: room.id)
    }

    /// Who listens to those rooms here; false for those of whom it is not known yet whether they may.
    func listeners(in some: Set<RoomID>) -> [RoomMembership: Bool] {
        some.reduce(into: [:]) { listeners, id in
            listeners.merge(rooms[id]?.listeners ?? [:]) { $0 || $1 }
        }
    }
}

// MARK: - Sessions

extension LiveLoop {
    func add(_ session: LiveSession) {
        if sessions.all.isEmpty { scheduleTick() }
        sessions.add(session)
    }

    /// It has a user now, or another token.
    func identify(_ session: LiveSession) { sessions.identify(session) }

    /// False when it was not there.
    func remove(_ session: LiveSession) -> Bool { sessions.remove(session) }

    /// Something became known of the user's tokens: those sockets close whose token is void.
    func recheck(_ user: UserID) {
        for session in sessions.sessions(of: user) { session.requireStanding() }
    }

    /// A look a second at whose time has come is cheaper than a timer for each session.
    private func scheduleTick() {
        eventLoop.scheduleTask(in: .seconds(1)) {
            self.tick()
            if !self.sessions.all.isEmpty { self.scheduleTick() }
        }
    }

    private func tick() {
        let now = clock.now
        // That nobody knows any more which tokens are void shows at any session, and then all of them close.
        let isKnown = sessions.all.first?.requireStanding() ?? true
        for session in isKnown ? sessions.turn(at: now) : sessions.all {
            session.tick(now)
            sessions.noteDue(session)
        }
    }
}
