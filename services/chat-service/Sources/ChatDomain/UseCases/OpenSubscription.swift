public import DomainKit

/// Decides whether a caller may listen to a room.
public struct OpenSubscription<Rooms: RoomStore>: Sendable {
    private let rooms: Rooms

    public init(rooms: Rooms) {
        self.rooms = rooms
    }

    /// How far the room has come. Fails: `roomNotFound`, `notAMember`, `unavailable`.
    public func callAsFunction(_ id: RoomID, as viewer: Viewer) async throws(Failure) -> RoomPosition {
        let access = try await rooms.existing(id, for: viewer.id)
        _ = try access.membership()
        return access.room.position
    }
}
