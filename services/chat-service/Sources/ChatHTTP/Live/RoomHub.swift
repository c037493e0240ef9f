public import ChatDomain
import DomainKit
import NIOCore
import Synchronization
import WebSocketKit

/// The process's switchboard: takes events from the use cases and from other replicas, and brings each to the event
/// loops where somebody listens.
///
/// It keeps no order and no memory of messages; the rooms on the loops do. What it does keep is the promise that
/// nothing waits for ever: whenever signals may have been lost, every room is compared with the log.
public final class RoomHub: RoomEvents, RoomRelayReceiver, Sendable {
    private struct Place {
        var loops: [LiveLoop]
        /// Sockets a user.
        var users: [UserID: Int] = [:]
        let ready: Gate
    }

    private struct State {
        var places: [RoomID: Place] = [:]
        /// Every loop that ever had a room.
        var loops: [LiveLoop] = []
        var isInterrupted = true
        var isComparingMembers = false
    }

    let log: any MessageLog
    let settings: LiveSettings
    let metrics = LiveMetrics()
    private let rooms: any RoomStore
    private let members: any MemberStore
    private let relay: any RoomRelay
    private let state = Mutex(State())

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
        // Another replica could not say something, which may have been that somebody is no longer a member.
        if signal.kind == .reached, signal.seq == 0 { compareWithMembersOnce() }
    }

    private func dispatch(_ signal: RoomSignal) {
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
            if !state.loops.contains(where: { $0 === loop }) { state.loops.append(loop) }
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

// MARK: - Lost signals

extension RoomHub {
    public func interrupted() {
        state.withLock { $0.isInterrupted = true }
    }

    public func resumed() {
        state.withLock { $0.isInterrupted = false }
        Task { await compareWithLog() }
        compareWithMembersOnce()
    }

    /// Compares with the log now and then, and often while signals are being lost, until cancelled. Removals are lost
    /// then as well, so listeners are compared with the members too.
    public func sweep() async {
        var sinceLast = Duration.zero
        while (try? await Task.sleep(for: settings.anxiousSweepInterval)) != nil {
            sinceLast += settings.anxiousSweepInterval
            let isInterrupted = state.withLock { $0.isInterrupted }
            guard isInterrupted || sinceLast >= settings.sweepInterval else { continue }
            sinceLast = .zero
            await compareWithLog()
            if isInterrupted { await compareWithMembers() }
        }
    }

    /// Tells every room how far its log has come. While the log is away nothing is told: the next sweep will.
    func compareWithLog() async {
        for some in state.withLock({ Array($0.places.keys) }).chunks(of: 1_000) {
            guard let seqs = try? await rooms.lastSeqs(of: some) else { return }
            for room in some {
                if let seq = seqs[room] {
                    dispatch(RoomSignal(.reached, roomID: room, seq: seq))
                } else {
                    dispatch(RoomSignal(.roomDeleted(room)))
                }
            }
        }
    }

    /// However many ask for it at a time, it is done once.
    private func compareWithMembersOnce() {
        let isFirst = state.withLock { state in
            defer { state.isComparingMembers = true }
            return !state.isComparingMembers
        }
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: settings.gapPatience)
            state.withLock { $0.isComparingMembers = false }
            await compareWithMembers()
        }
    }

    /// Removes listeners whose removal was not heard of.
    func compareWithMembers() async {
        for loop in state.withLock({ $0.loops }) {
            let memberships = await withCheckedContinuation { continuation in
                loop.post(.run { continuation.resume(returning: $0.memberships) })
            }
            for some in Array(Set(memberships)).chunks(of: 1_000) {
                guard let departed = try? await members.departed(among: some) else { return }
                for gone in departed {
                    dispatch(RoomSignal(.memberLeft(gone.roomID, gone.userID, by: nil)))
                }
            }
        }
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
