public import DomainKit

/// Lists the rooms the viewer may know of, the newest first.
public struct ListRooms<Rooms: RoomStore>: Sendable {
    private let rooms: Rooms

    public init(rooms: Rooms) {
        self.rooms = rooms
    }

    /// Fails: `unavailable`; `invalid` for a cursor that is none of this list.
    public func callAsFunction(
        _ filter: RoomFilter, _ page: PageRequest, as viewer: Viewer
    ) async throws(Failure) -> Page<Room> {
        try await rooms.rooms(filter, for: viewer, page)
    }
}
