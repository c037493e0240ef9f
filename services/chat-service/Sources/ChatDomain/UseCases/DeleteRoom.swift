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
            guard try access.membership().deletesRoom else { throw .roleTooLow(in: id) }
            try precondition(access.room)
            switch try await rooms.delete(id, over: access.room.version) {
            case .done: return events.announce(.roomDeleted(id))
            case .stale: continue
            case .gone: throw .roomNotFound(id)
            }
        }
        throw .roomChanged(id)
    }
}
