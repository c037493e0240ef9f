public import DomainKit

/// Invites a user into a room, or gives a member another role.
///
/// Moderators invite plain members; owners give any role, their own to a member, and are moderators from then on.
public struct PutMember<Members: MemberStore, Events: RoomEvents, Rights: RoomRights>: Sendable {
    private let members: Members
    private let events: Events
    private let rights: Rights
    private let clock: any WallClock

    public init(members: Members, events: Events, rights: Rights, clock: any WallClock) {
        self.members = members
        self.events = events
        self.rights = rights
        self.clock = clock
    }

    /// Putting the same twice changes nothing. Whether the user may join at all is asked for who is not in the room yet; the
    /// role of somebody who may no longer can still be taken away.
    /// Fails: `roomNotFound`, `notAMember`, `memberNotFound`, `memberBanned`, `roleTooLow`, `joinNotAllowed`, `unavailable`.
    public func callAsFunction(
        _ user: UserID, in id: RoomID, role: RoomRole, as caller: UserID
    ) async throws(Failure) -> AddedMember {
        let refusal = await refusal(of: user)
        let rule = MembershipRule {
            $0.user != role && $0.caller?.grants(role, insteadOf: $0.user) == true
                && ($0.user != nil || (refusal == nil && !$0.isBanned))
        }
        let change = try await members.change(
            user, in: id, to: role, as: caller, at: clock.now.inMilliseconds, if: rule)
        guard let change else { throw .roomNotFound(id) }
        let standing = change.standing
        let own = try standing.membership(of: id)
        guard own.invites else { throw .roleTooLow(in: id) }
        if role == .owner, own == .owner, standing.user == nil { throw .memberNotFound(user, in: id) }
        if standing.user == nil, own.grants(role, insteadOf: nil) {
            if standing.isBanned { throw .memberBanned(user, in: id) }
            if let refusal { throw refusal }
        }
        guard let member = change.member, change.isMade || standing.user == role else { throw .roleTooLow(in: id) }
        if let number = change.number {
            events.announce(.notice(RoomNotice(Self.event(of: change, member, by: caller), in: id, change: number)))
        }
        return AddedMember(member: member, isNew: change.isMade && standing.user == nil)
    }

    private static func event(of change: MembershipChange, _ member: Member, by caller: UserID) -> RoomNotice.Event {
        if change.standing.user == nil { return .memberJoined(member.userID, member.role, by: caller) }
        return member.role == .owner
            ? .ownerChanged(member.userID, by: caller) : .roleChanged(member.userID, member.role, by: caller)
    }

    /// Nil when the user may be let in. Why somebody else may not is not the caller's to know.
    private func refusal(of user: UserID) async -> Failure? {
        do throws(Failure) {
            try await rights.requireJoining(user, .invitation)
            return nil
        } catch {
            return error.kind == .forbidden ? .joinNotAllowed : error
        }
    }
}
