public import DomainKit

/// Makes the caller a member of a public room. A private room is entered by invitation (`PutMember`).
public struct JoinRoom<Members: MemberStore, Events: RoomEvents, Rights: RoomRights>: Sendable {
    private let members: Members
    private let events: Events
    private let rights: Rights
    private let clock: any WallClock
    private let rule = MembershipRule { $0.kind == .public && $0.user == nil && !$0.isBanned }

    public init(members: Members, events: Events, rights: Rights, clock: any WallClock) {
        self.members = members
        self.events = events
        self.rights = rights
        self.clock = clock
    }

    /// Joining twice changes nothing.
    ///
    /// Fails: `roomNotFound`, `bannedFromRoom`, `joinNotAllowed`, `user.banned`, `unavailable`.
    public func callAsFunction(_ id: RoomID, as caller: UserID) async throws(Failure) -> AddedMember {
        // Of an open room, whatever it is: no other lets anybody in here, and none tells that it is there.
        try await rights.requireJoining(caller, .open)
        let change = try await members.change(
            caller, in: id, to: .member, as: caller, at: clock.now.inMilliseconds, if: rule)
        guard let change else { throw .roomNotFound(id) }
        try change.standing.seen(id)
        if change.standing.isBanned { throw .bannedFromRoom(id, until: change.bannedUntil) }
        guard let member = change.member else { throw .roomNotFound(id) }
        if let number = change.number {
            events.announce(.notice(RoomNotice(.memberJoined(caller, member.role, by: nil), in: id, change: number)))
        }
        return AddedMember(member: member, isNew: change.isMade)
    }
}
