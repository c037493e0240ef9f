/// How far a room has come, or how much of it somebody has: in its two orders, of messages and of changes.
public struct RoomPosition: Sendable, Hashable {
    /// Of the newest message; 0 before the first.
    public var seq: Int64
    /// Of the newest change; 0 before the first.
    public var change: Int64

    public init(seq: Int64, change: Int64) {
        self.seq = seq
        self.change = change
    }
}

extension Room {
    public var position: RoomPosition { RoomPosition(seq: lastSeq, change: lastChange) }
}
