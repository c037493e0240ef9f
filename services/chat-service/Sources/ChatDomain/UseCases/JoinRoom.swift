public import DomainKit

/// Makes the caller a member of a public room. A private room is entered by invitation (`PutMember`).
public struct JoinRoom<Rooms: RoomStore, Members: MemberStore, Events: RoomEvents>: Sendable {
    private let rooms: Rooms
    private let members: Members
    private let events: Events
    private let clock: any WallClock

    public init(rooms: Rooms, members: Members, events: Events, clock: any WallClock) {
        self.rooms = rooms
        self.members = members
        self.events = events
        self.clock = clock
    }

    /// Joining twice changes nothing. Fails: `roomNotFound`, `unavailable`.
    public func callAsFunction(_ id: RoomID, as caller: UserID) async throws(Failure) -> AddedMember {
        _ = try await rooms.existing(id, for: caller).seen()
        let member = Member(roomID: id, userID: caller, role: .member, joinedAt: clock.now.inMilliseconds)
        guard let added = try await members.add(member) else { throw .roomNotFound(id) }
        if added.isNew { events.announce(.memberJoined(added.member)) }
        return added
    }
}
