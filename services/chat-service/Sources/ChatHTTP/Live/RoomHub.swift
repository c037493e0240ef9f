public import ChatDomain
import DomainKit
import NIOCore
import Synchronization
import WebSocketKit

/// The process's switchboard: takes events from the use cases and from other replicas, and brings each to the event
/// loops where somebody listens.
///
/// It keeps no order and no memory of messages; the rooms on the loops do. What it does keep is the promise that
/// nothing waits for ever: now and then, and whenever signals may have been lost, its rooms are compared with the store.
public final class RoomHub: RoomEvents, RoomRelayReceiver, Sendable {
    struct Place {
        var loops: [LiveLoop]
        /// Sockets a user.
        var users: [UserID: Int] = [:]
        /// How many had left when listeners were last compared with the members; nil before the first time.
        var departures: Int64?
        let ready: Gate
    }

    struct State {
        var places: [RoomID: Place] = [:]
        var isInterrupted = true
        /// To be compared soon, by a task that is on its way.
        var doubtful: Set<RoomID> = []
    }

    let log: any MessageLog
    let settings: LiveSettings
    let metrics = LiveMetrics()
    let rooms: any RoomStore
    let members: any MemberStore
    private let relay: any RoomRelay
    let state = Mutex(State())

    public init(
        log: any MessageLog, rooms: any RoomStore, members: any MemberStore, relay: any RoomRelay,
        settings: LiveSettings
    ) {
        self.log = log
        self.rooms = rooms
        self.members = members
        self.relay = relay
        self.settings = settings
    }

    /// Shows the event to the listeners here at once, and sends it to the other replicas.
    public func announce(_ event: RoomEvent) {
        let signal = RoomSignal(event)
        dispatch(signal)
        relay.publish(signal)
    }

    public func received(_ signal: RoomSignal) {
        dispatch(signal)
        // Another replica could not say something, which may have been that somebody is no longer a member; or it is older than this
        // one, and does not know the number of what it says.
        if signal.isVague { compareSoon(signal.roomID) }
    }

    func dispatch(_ signal: RoomSignal) {
        let loops = state.withLock { $0.places[signal.roomID]?.loops }
        guard let loops else { return }
        // A frame for each loop: threads that count the references of one buffer slow each other down.
        for loop in loops { loop.post(.signal(signal, EncodedFrame(text: ByteBuffer(bytes: signal.frame)))) }
    }
}

// MARK: - Who listens where

extension RoomHub {
    func attach(_ loop: LiveLoop, to room: RoomID) {
        state.withLock { state in
            if state.places[room] != nil {
                state.places[room]?.loops.append(loop)
            } else {
                let ready = Gate()
                state.places[room] = Place(loops: [loop], ready: ready)
                // Under the lock, so that the relay sees attaching and detaching in the order they happened.
                relay.listen(to: room) { ready.open() }
            }
        }
    }

    func detach(_ loop: LiveLoop, from room: RoomID) {
        state.withLock { state in
            state.places[room]?.loops.removeAll { $0 === loop }
            guard state.places[room]?.loops.isEmpty == true else { return }
            state.places[room] = nil
            relay.ignore(room)
        }
    }

    /// Returns when signals of an attached room reach this process, or are known not to for now.
    func ready(_ room: RoomID) async {
        let gate = state.withLock { $0.places[room]?.ready }
        await gate?.wait()
    }
}

// MARK: - Who is there

extension RoomHub {
    func entered(_ user: UserID, _ room: RoomID) {
        state.withLock { $0.places[room]?.users[user, default: 0] += 1 }
    }

    func left(_ user: UserID, _ room: RoomID) {
        state.withLock { state in
            guard let sockets = state.places[room]?.users[user] else { return }
            state.places[room]?.users[user] = sockets > 1 ? sockets - 1 : nil
        }
    }

    func usersOnline(in room: RoomID) -> Int {
        state.withLock { $0.places[room]?.users.count ?? 0 }
    }
}

extension RoomSignal {
    /// What it tells of has to be looked up.
    fileprivate var isVague: Bool {
        seq == 0 && (kind == .reached || kind == .room || kind == .removal)
    }
}
