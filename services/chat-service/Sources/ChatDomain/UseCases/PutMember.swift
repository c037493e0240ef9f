public import DomainKit

/// Invites a user into a room, or gives a member another role.
///
/// Moderators invite plain members; owners give any role but their own.
public struct PutMember<Rooms: RoomStore, Members: MemberStore, Events: RoomEvents>: Sendable {
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

    /// Putting the same twice changes nothing. Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `unavailable`.
    public func callAsFunction(
        _ user: UserID, in id: RoomID, role: RoomRole, as caller: UserID
    ) async throws(Failure) -> AddedMember {
        let callersRole = try await rooms.existing(id, for: caller).membership()
        guard callersRole.invites else { throw .roleTooLow(in: id) }
        let former = try await members.member(user, of: id)
        if let former, former.role == role { return AddedMember(member: former, isNew: false) }
        guard callersRole.grants(role, insteadOf: former?.role) else { throw .roleTooLow(in: id) }
        if former != nil { return try await changeRole(of: user, in: id, to: role) }
        let member = Member(roomID: id, userID: user, role: role, joinedAt: clock.now.inMilliseconds)
        guard let added = try await members.add(member) else { throw .roomNotFound(id) }
        if added.isNew { events.announce(.memberJoined(added.member)) }
        return added
    }

    private func changeRole(
        of user: UserID, in id: RoomID, to role: RoomRole
    ) async throws(Failure) -> AddedMember {
        guard let member = try await members.changeRole(of: user, in: id, to: role) else {
            throw .memberNotFound(user, in: id)
        }
        return AddedMember(member: member, isNew: false)
    }
}
