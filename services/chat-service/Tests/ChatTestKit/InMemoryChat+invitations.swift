public import ChatDomain
public import DomainKit
public import Foundation

extension InMemoryChat: InvitationStore {
    public func invite(
        into room: RoomID, _ id: InvitationID, _ token: InvitationToken, uses: Int?, until: Date?, as caller: UserID,
        roles: [RoomRole]
    ) async throws(Failure) -> InvitationOpening? {
        let (now, until) = (clock.now.inMilliseconds, until?.inMilliseconds)
        return try with { state throws(Failure) -> InvitationOpening? in
            guard let kind = state.rooms[room]?.kind else { return nil }
            let standing = Standing(kind: kind, viewer: state.role(of: caller, in: room))
            func ended(_ outcome: InvitationOpening.Outcome) -> InvitationOpening {
                InvitationOpening(standing: standing, outcome: outcome)
            }
            guard let role = standing.caller, roles.contains(role) else { return ended(.refused) }
            if let until, until <= now { return ended(.over) }
            let others = state.invitations.values.filter { $0.isThere(in: room, at: now) && $0.id != id }
            guard others.count < Invitation.mostOfRoom else { return ended(.full) }
            state.invitations = state.invitations.filter { $0.value.id != id }
            state.invitations[token] = Invitation(
                id: id, roomID: room, usesLeft: uses, expiresAt: until, by: caller, at: now)
            return ended(.made(now))
        }
    }

    public func join(
        _ user: UserID, _ room: RoomID, by token: InvitationToken, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> (change: MembershipChange, isValid: Bool)? {
        let now = clock.now
        return try with { state throws(Failure) in
            guard let kind = state.rooms[room]?.kind else { return nil }
            let former = state.members[room]?.first { $0.userID == user }
            let ban = state.ban(of: user, in: room, at: now)
            let standing = Standing(kind: kind, caller: former?.role, user: former?.role, isBanned: ban != nil)
            let invitation = state.invitations[token].flatMap { $0.isThere(in: room, at: now) ? $0 : nil }
            guard let invitation, rule.allowed.contains(standing) else {
                let change = MembershipChange(standing: standing, member: former, bannedUntil: ban?.until, number: nil)
                return (change, invitation != nil)
            }
            let member = Member(roomID: room, userID: user, role: .member, joinedAt: date)
            let number = state.put(member, user, in: room, instead: nil, as: user)
            state.invitations[token] = invitation.used
            return (MembershipChange(standing: standing, member: member, number: number), true)
        }
    }

    public func invitations(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Invitation>)? {
        let now = clock.now
        return try with { state throws(Failure) in
            let last = page.after?.parts.first.flatMap { InvitationID($0) }
            if page.after != nil, last == nil { throw .invalidCursor }
            guard let kind = state.rooms[room]?.kind else { return nil }
            let role = state.role(of: viewer.id, in: room)
            let shown = state.invitations.values.filter { invitation in
                invitation.isThere(in: room, at: now) && last.map { invitation.id > $0 } ?? true
                    && role.map { $0 >= .moderator } ?? false
            }.sorted { $0.id < $1.id }
            return (
                Standing(kind: kind, viewer: role),
                Page(shown, limit: page.limit) { Cursor([$0.id.description]) }
            )
        }
    }

    public func withdraw(
        _ id: InvitationID, from room: RoomID, as caller: UserID, roles: [RoomRole]
    ) async throws(Failure) -> (standing: Standing, isMade: Bool)? {
        let now = clock.now
        return try with { state throws(Failure) in
            guard let kind = state.rooms[room]?.kind else { return nil }
            let standing = Standing(kind: kind, viewer: state.role(of: caller, in: room))
            guard let role = standing.caller, roles.contains(role),
                let found = state.invitations.first(where: { $0.value.id == id && $0.value.isThere(in: room, at: now) })
            else { return (standing, false) }
            state.invitations[found.key] = nil
            return (standing, true)
        }
    }
}

extension Invitation {
    fileprivate func isThere(in room: RoomID, at now: Date) -> Bool {
        roomID == room && expiresAt.map { $0 > now } ?? true
    }

    /// Nil when it has let in as many as it may.
    fileprivate var used: Invitation? {
        if usesLeft == 1 { return nil }
        return Invitation(
            id: id, roomID: roomID, usesLeft: usesLeft.map { $0 - 1 }, expiresAt: expiresAt, by: by, at: at)
    }
}

// MARK: - Rooms of two

extension InMemoryChat {
    public func direct(
        _ room: Room, with other: UserID, ifFewerThan most: Int64
    ) async throws(Failure) -> DirectRoomOpening {
        try with { state throws(Failure) -> DirectRoomOpening in
            let (caller, pair) = (room.ownerID, Set([room.ownerID, other]))
            var id = state.direct[pair].flatMap { state.rooms[$0]?.id }
            let isNew = id == nil
            if isNew {
                let owned = Int64(state.rooms.values.count { $0.ownerID == caller })
                guard owned < most else { return .full(owned: owned) }
                state.rooms[room.id] = room
                state.members[room.id] = []
                state.direct[pair] = room.id
                id = room.id
            }
            guard let id else { throw .roomNotFound(room.id) }
            for user in [caller, other] where state.role(of: user, in: id) == nil {
                let member = Member(roomID: id, userID: user, role: .member, joinedAt: room.createdAt)
                _ = state.put(member, user, in: id, instead: nil, as: caller)
            }
            guard let found = state.rooms[id] else { throw .roomNotFound(id) }
            return .found(found, isNew: isNew)
        }
    }
}
