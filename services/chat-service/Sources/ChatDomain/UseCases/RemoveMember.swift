public import DomainKit

/// Puts a member out of a room; open sockets of theirs stop hearing it.
public struct RemoveMember<Rooms: RoomStore, Members: MemberStore, Events: RoomEvents>: Sendable {
    private let rooms: Rooms
    private let members: Members
    private let events: Events

    public init(rooms: Rooms, members: Members, events: Events) {
        self.rooms = rooms
        self.members = members
        self.events = events
    }

    /// Fails: `roomNotFound`, `notAMember`, `memberNotFound`, `roleTooLow`, `unavailable`.
    public func callAsFunction(_ user: UserID, from id: RoomID, as caller: UserID) async throws(Failure) {
        let callersRole = try await rooms.existing(id, for: caller).membership()
        guard callersRole >= .moderator else { throw .roleTooLow(in: id) }
        guard let member = try await members.member(user, of: id) else { throw .memberNotFound(user, in: id) }
        guard callersRole.removes(member.role) else { throw .roleTooLow(in: id) }
        guard try await members.remove(user, from: id) else { throw .memberNotFound(user, in: id) }
        events.announce(.memberLeft(id, user, by: caller))
    }
}
