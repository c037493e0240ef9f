/// Coarse timers of many sockets for the price of two integers each, where a scheduled task each would cost hundreds
/// of bytes: a ring of slots a second apart, of which one is looked at a second.
struct TimerWheel {
    /// Where in the wheel a connection is.
    struct Position {
        var slot: Int32
        var index: Int32
        /// Full turns of the wheel still to wait.
        var rounds: Int32
    }

    private var slots: [[WebSocketConnection]] = Array(repeating: [], count: 64)
    private var now = 0
    private var count = 0

    var isEmpty: Bool { count == 0 }

    /// Puts `connection` where the wheel is after `ticks`, from wherever it was. Whatever is longer than 68 years is that.
    mutating func set(_ connection: WebSocketConnection, ticks: Int) {
        remove(connection)
        let ticks = min(max(1, ticks), Int(Int32.max))
        let slot = (now + ticks) % slots.count
        connection.timerPosition = Position(
            slot: Int32(slot), index: Int32(slots[slot].count), rounds: Int32((ticks - 1) / slots.count))
        slots[slot].append(connection)
        count += 1
    }

    mutating func remove(_ connection: WebSocketConnection) {
        guard let position = connection.timerPosition else { return }
        connection.timerPosition = nil
        let (slot, index) = (Int(position.slot), Int(position.index))
        let last = slots[slot].removeLast()
        if last !== connection {
            slots[slot][index] = last
            last.timerPosition?.index = position.index
        }
        count -= 1
    }

    /// Goes one tick on and takes out those whose time it is.
    mutating func advance() -> [WebSocketConnection] {
        now = (now + 1) % slots.count
        let due = slots[now].filter { connection in
            guard let position = connection.timerPosition, position.rounds > 0 else { return true }
            connection.timerPosition?.rounds -= 1
            return false
        }
        for connection in due { remove(connection) }
        return due
    }
}
