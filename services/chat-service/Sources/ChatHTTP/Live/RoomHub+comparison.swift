import ChatDomain
import DomainKit
import Synchronization

// Signals get lost: with Redis, and with a replica that is killed between a change and telling of it. What is stored is
// the truth, and every room somebody listens to is compared with it.
extension RoomHub {
    public func interrupted() {
        state.withLock { $0.isInterrupted = true }
    }

    public func resumed() {
        state.withLock { $0.isInterrupted = false }
        Task { await compareAll() }
    }

    /// Compares all rooms now and then, and often while signals are being lost, until cancelled.
    public func sweep() async {
        var sinceLast = Duration.zero
        while (try? await Task.sleep(for: settings.anxiousSweepInterval)) != nil {
            sinceLast += settings.anxiousSweepInterval
            guard state.withLock({ $0.isInterrupted }) || sinceLast >= settings.sweepInterval else { continue }
            sinceLast = .zero
            await compareAll()
        }
    }

    /// However many ask for it at a time, it is done once.
    func compareSoon(_ room: RoomID) {
        let isFirst = state.withLock { state in
            state.doubtful.insert(room)
            return state.doubtful.count == 1
        }
        guard isFirst else { return }
        Task {
            try? await Task.sleep(for: settings.gapPatience)
            await compare(
                state.withLock { state in
                    defer { state.doubtful = [] }
                    return Array(state.doubtful)
                })
        }
    }

    func compareAll() async {
        for some in state.withLock({ Array($0.places.keys) }).chunks(of: 1_000) { await compare(some) }
    }

    /// Tells the rooms how far their logs have come, ends those that are gone, and puts out who has left. While the store
    /// is away nothing is told: the next sweep will.
    private func compare(_ some: [RoomID]) async {
        guard let progress = try? await rooms.progress(of: some) else { return }
        var left: [RoomID: Int64] = [:]
        for room in some {
            guard let found = progress[room] else {
                dispatch(RoomSignal(.roomDeleted(room)))
                continue
            }
            dispatch(RoomSignal(.reached, roomID: room, seq: found.position.seq))
            dispatch(RoomSignal(.changesReached, roomID: room, seq: found.position.change))
            if state.withLock({ $0.places[room].map { $0.departures != found.departures } }) == true {
                left[room] = found.departures
            }
        }
        guard !left.isEmpty, await putOutDeparted(from: Set(left.keys)) else { return }
        state.withLock { state in
            for (room, departures) in left { state.places[room]?.departures = departures }
        }
    }

    /// False when the store is away.
    private func putOutDeparted(from rooms: Set<RoomID>) async -> Bool {
        let listeners = await listeners(in: rooms)
        for some in Array(listeners.keys).chunks(of: 1_000) {
            guard let departed = try? await members.departed(among: some) else { return false }
            for gone in departed {
                // Who has only asked whether they may listen has not left.
                let signal =
                    listeners[gone] == true
                    ? RoomSignal(.memberGone(gone.roomID, gone.userID))
                    : RoomSignal(.removal, roomID: gone.roomID, userID: gone.userID)
                dispatch(signal)
            }
        }
        return true
    }

    /// Who listens here; false for those of whom it is not known yet whether they may.
    private func listeners(in rooms: Set<RoomID>) async -> [RoomMembership: Bool] {
        let loops = state.withLock { state in
            rooms.reduce(into: [ObjectIdentifier: LiveLoop]()) { loops, room in
                for loop in state.places[room]?.loops ?? [] { loops[ObjectIdentifier(loop)] = loop }
            }
        }
        var listeners: [RoomMembership: Bool] = [:]
        for loop in loops.values {
            let some = await withCheckedContinuation { continuation in
                loop.post(.run { continuation.resume(returning: $0.listeners(in: rooms)) })
            }
            listeners.merge(some) { $0 || $1 }
        }
        return listeners
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
