public import DomainKit

/// Ends a room with all that was said in it.
public struct DeleteRoom<Rooms: RoomStore, Events: RoomEvents>: Sendable {
    private let rooms: Rooms
    private let events: Events

    public init(rooms: Rooms, events: Events) {
        self.rooms = rooms
        self.events = events
    }

    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `roomChanged`, `unavailable`, and what `precondition` throws.
    public func callAsFunction(
        _ id: RoomID, as caller: UserID, precondition: (Room) throws(Failure) -> Void
    ) async throws(Failure) {
        for _ in 0..<RoomAccess.attempts {
            let access = try await rooms.existing(id, for: caller)
            guard RoomRole.deletingRooms.contains(try access.membership()) else { throw .roleTooLow(in: id) }
            try precondition(access.room)
            let condition = RoomCondition(
                version: access.room.version, caller: caller, roles: RoomRole.deletingRooms)
            switch try await rooms.delete(id, if: condition) {
            case .done: return events.announce(.roomDeleted(id))
            case .stale: continue
            case .gone: throw .roomNotFound(id)
            }
        }
        throw .roomChanged(id)
    }
}
