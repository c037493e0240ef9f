public import DomainKit

/// Invites a user into a room, or gives a member another role.
///
/// Moderators invite plain members; owners give any role but their own.
public struct PutMember<Members: MemberStore, Events: RoomEvents>: Sendable {
    private let members: Members
    private let events: Events
    private let clock: any WallClock

    public init(members: Members, events: Events, clock: any WallClock) {
        self.members = members
        self.events = events
        self.clock = clock
    }

    /// Putting the same twice changes nothing. Fails: `roomNotFound`, `notAMember`, `roleTooLow`, `unavailable`.
    public func callAsFunction(
        _ user: UserID, in id: RoomID, role: RoomRole, as caller: UserID
    ) async throws(Failure) -> AddedMember {
        let rule = MembershipRule { $0.user != role && $0.caller?.grants(role, insteadOf: $0.user) == true }
        let change = try await members.change(
            user, in: id, to: role, as: caller, at: clock.now.inMilliseconds, if: rule)
        guard let change else { throw .roomNotFound(id) }
        let standing = change.standing
        guard try standing.membership(of: id).invites else { throw .roleTooLow(in: id) }
        guard let member = change.member, change.isMade || standing.user == role else { throw .roleTooLow(in: id) }
        let isNew = change.isMade && standing.user == nil
        if isNew { events.announce(.memberJoined(member)) }
        return AddedMember(member: member, isNew: isNew)
    }
}
