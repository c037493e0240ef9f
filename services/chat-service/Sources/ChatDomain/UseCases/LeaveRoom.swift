public import DomainKit

/// Takes the caller out of a room.
public struct LeaveRoom<Rooms: RoomStore, Members: MemberStore, Events: RoomEvents>: Sendable {
    private let rooms: Rooms
    private let members: Members
    private let events: Events

    public init(rooms: Rooms, members: Members, events: Events) {
        self.rooms = rooms
        self.members = members
        self.events = events
    }

    /// Leaving a public room one is not in changes nothing. Fails: `roomNotFound`, `ownerCannotLeave`, `unavailable`.
    public func callAsFunction(_ id: RoomID, as caller: UserID) async throws(Failure) {
        let access = try await rooms.existing(id, for: caller)
        _ = try access.seen()
        guard access.role != .owner else { throw .ownerCannotLeave(id) }
        guard try await members.remove(caller, from: id) else { return }
        events.announce(.memberLeft(id, caller, by: nil))
    }
}
