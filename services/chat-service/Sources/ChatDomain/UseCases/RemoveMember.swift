public import DomainKit

/// Puts a member out of a room; open sockets of theirs stop hearing it.
public struct RemoveMember<Members: MemberStore, Events: RoomEvents>: Sendable {
    private let members: Members
    private let events: Events
    private let clock: any WallClock
    private let rule = MembershipRule { standing in
        guard let caller = standing.caller, let user = standing.user else { return false }
        return caller.removes(user)
    }

    public init(members: Members, events: Events, clock: any WallClock) {
        self.members = members
        self.events = events
        self.clock = clock
    }

    /// Fails: `roomNotFound`, `notAMember`, `memberNotFound`, `roleTooLow`, `unavailable`.
    public func callAsFunction(_ user: UserID, from id: RoomID, as caller: UserID) async throws(Failure) {
        let change = try await members.change(user, in: id, to: nil, as: caller, at: clock.now, if: rule)
        guard let change else { throw .roomNotFound(id) }
        guard try change.standing.membership(of: id) >= .moderator else { throw .roleTooLow(in: id) }
        guard change.standing.user != nil else { throw .memberNotFound(user, in: id) }
        guard let number = change.number else { throw .roleTooLow(in: id) }
        events.announce(.notice(RoomNotice(.memberRemoved(user, by: caller), in: id, change: number)))
    }
}
