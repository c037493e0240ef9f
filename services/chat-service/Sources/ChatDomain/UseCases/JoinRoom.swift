public import DomainKit

/// Makes the caller a member of a public room, or by an invitation of any. Without one a private room is entered by being put into it
/// (`PutMember`).
public struct JoinRoom<Members: MemberStore & InvitationStore, Events: RoomEvents, Rights: RoomRights>: Sendable {
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
        return try added(change, to: id)
    }

    /// The same by an invitation, which is used up by one where the caller was no member yet.
    ///
    /// Fails: `roomNotFound`, also where an invitation that is none is to a private room; `invitationNotFound`, `bannedFromRoom`,
    /// `joinNotAllowed`, `user.banned`, `unavailable`.
    public func callAsFunction(
        _ id: RoomID, by invitation: InvitationToken, as caller: UserID
    ) async throws(Failure) -> AddedMember {
        try await rights.requireJoining(caller, .invitation)
        let found = try await members.join(
            caller, id, by: invitation, at: clock.now.inMilliseconds,
            if: MembershipRule { $0.user == nil && !$0.isBanned })
        guard let found else { throw .roomNotFound(id) }
        // Who is in the room needs none, and may have used it up a moment before.
        guard found.isValid || found.change.member != nil else {
            try found.change.standing.seen(id)
            throw .invitationNotFound(to: id)
        }
        return try added(found.change, to: id)
    }

    private func added(_ change: MembershipChange, to id: RoomID) throws(Failure) -> AddedMember {
        if change.standing.isBanned { throw .bannedFromRoom(id, until: change.bannedUntil) }
        guard let member = change.member else { throw .roomNotFound(id) }
        if let number = change.number {
            let event = RoomNotice.Event.memberJoined(member.userID, member.role, by: nil)
            events.announce(.notice(RoomNotice(event, in: id, change: number)))
        }
        return AddedMember(member: member, isNew: change.isMade)
    }
}
