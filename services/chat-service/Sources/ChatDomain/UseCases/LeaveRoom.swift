public import DomainKit

/// Takes the caller out of a room.
public struct LeaveRoom<Members: MemberStore, Events: RoomEvents>: Sendable {
    private let members: Members
    private let events: Events
    private let clock: any WallClock
    private let rule = MembershipRule { $0.user != nil && $0.user != .owner }

    public init(members: Members, events: Events, clock: any WallClock) {
        self.members = members
        self.events = events
        self.clock = clock
    }

    /// Leaving a public room one is not in changes nothing. Fails: `roomNotFound`, `ownerCannotLeave`, `unavailable`.
    public func callAsFunction(_ id: RoomID, as caller: UserID) async throws(Failure) {
        let change = try await members.change(caller, in: id, to: nil, as: caller, at: clock.now, if: rule)
        guard let change else { throw .roomNotFound(id) }
        try change.standing.seen(id)
        guard change.standing.user != .owner else { throw .ownerCannotLeave(id) }
        guard let number = change.number else { return }
        events.announce(.notice(RoomNotice(.memberLeft(caller), in: id, change: number)))
    }
}
