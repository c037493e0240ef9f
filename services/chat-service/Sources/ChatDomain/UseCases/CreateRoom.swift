public import DomainKit

/// Opens a room with the caller as its owner and first member.
public struct CreateRoom<Rooms: RoomStore>: Sendable {
    private let rooms: Rooms
    private let ids: any IDSource
    private let clock: any WallClock

    public init(rooms: Rooms, ids: any IDSource, clock: any WallClock) {
        self.rooms = rooms
        self.ids = ids
        self.clock = clock
    }

    /// Fails: `unavailable`.
    public func callAsFunction(name: RoomName, kind: Room.Kind, as caller: UserID) async throws(Failure) -> Room {
        let room = Room(
            id: RoomID(ids.ordered()), name: name, kind: kind, ownerID: caller,
            createdAt: clock.now.inMilliseconds)
        try await rooms.insert(room)
        return room
    }
}
