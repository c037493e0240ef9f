public import DomainKit

/// Changes a room's settings over those the caller has seen.
public struct ChangeRoom<Rooms: RoomStore, Events: RoomEvents>: Sendable {
    private let rooms: Rooms
    private let events: Events

    public init(rooms: Rooms, events: Events) {
        self.rooms = rooms
        self.events = events
    }

    /// `precondition` gets the room as it is, once the caller is known to be allowed, and throws when it is not the
    /// one the caller has seen. Settings that are nil stay.
    ///
    /// Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `roomChanged`, `unavailable`, and what `precondition` throws.
    public func callAsFunction(
        _ id: RoomID, name: RoomName?, kind: Room.Kind?, as caller: UserID,
        precondition: (Room) throws(Failure) -> Void
    ) async throws(Failure) -> Room {
        let access = try await rooms.existing(id, for: caller)
        guard try access.membership().changesSettings else { throw .roleTooLow(in: id) }
        let seen = access.room
        try precondition(seen)
        guard
            let room = try await rooms.update(
                id, name: name ?? seen.name, kind: kind ?? seen.kind, over: seen.version)
        else { throw .roomChanged(id) }
        events.announce(.settingsChanged(room))
        return room
    }
}
