public import ChatDomain
public import DomainKit
public import Foundation

extension InMemoryChat.State {
    /// Nil where none is there, or it has ended.
    func ban(of user: UserID, in room: RoomID, at now: Date) -> Ban? {
        bans[room]?[user].flatMap { ban in ban.until.map { $0 > now } ?? true ? ban : nil }
    }

    /// What `change` does to members once it is allowed, and its number.
    mutating func put(
        _ member: Member?, _ user: UserID, in room: RoomID, instead former: Member?, as caller: UserID
    ) -> Int64 {
        var members = self.members[room] ?? []
        members.removeAll { $0.userID == user }
        let by = caller == user ? nil : caller
        let event: RoomNotice.Event
        switch (member, former) {
        case (nil, _):
            departures[room, default: 0] += 1
            event = by.map { .memberRemoved(user, by: $0) } ?? .memberLeft(user)
        case (let member?, nil):
            joinedSeq[room, default: [:]][user] = rooms[room]?.lastSeq
            event = .memberJoined(user, member.role, by: by)
        case (let member?, _) where member.role == .owner:
            members = members.map { other in
                guard other.role == .owner else { return other }
                return Member(roomID: room, userID: other.userID, role: .moderator, joinedAt: other.joinedAt)
            }
            rooms[room]?.ownerID = user
            rooms[room]?.version += 1
            event = .ownerChanged(user, by: caller)
        case (let member?, _): event = .roleChanged(user, member.role, by: caller)
        }
        if let member { members.append(member) }
        set(members, of: room)
        return note(.notice(event), in: room)
    }
}

extension InMemoryChat {
    public func ban(
        _ user: UserID, from room: RoomID, for reason: BanReason, until: Date?, as caller: UserID,
        if rule: MembershipRule
    ) async throws(Failure) -> BanChange? {
        let (now, until) = (clock.now.inMilliseconds, until?.inMilliseconds)
        return try with { state throws(Failure) -> BanChange? in
            guard let standing = state.standing(of: user, in: room, as: caller, at: now) else { return nil }
            let former = state.ban(of: user, in: room, at: now)
            func ended(_ outcome: BanChange.Outcome) -> BanChange {
                BanChange(standing: standing, ban: former, outcome: outcome)
            }
            guard rule.allowed.contains(standing) else { return ended(.refused) }
            if let until, until <= now { return ended(.over) }
            if let former, former.reason == reason, former.until == until { return ended(.unchanged) }
            let ban = Ban(roomID: room, userID: user, reason: reason, until: until, by: caller, at: now)
            state.bans[room, default: [:]][user] = ban
            if standing.user != nil {
                state.departures[room, default: 0] += 1
                state.set((state.members[room] ?? []).filter { $0.userID != user }, of: room)
            }
            let number = state.note(.notice(.memberBanned(user, until: until, by: caller)), in: room)
            return BanChange(standing: standing, ban: ban, outcome: .made(number))
        }
    }

    public func liftBan(
        of user: UserID, from room: RoomID, as caller: UserID, if rule: MembershipRule
    ) async throws(Failure) -> BanChange? {
        let now = clock.now
        return try with { state throws(Failure) -> BanChange? in
            guard let standing = state.standing(of: user, in: room, as: caller, at: now) else { return nil }
            let former = state.ban(of: user, in: room, at: now)
            guard rule.allowed.contains(standing) else {
                return BanChange(standing: standing, ban: former, outcome: .refused)
            }
            state.bans[room]?[user] = nil
            let number = state.note(.notice(.banLifted(user, by: caller)), in: room)
            return BanChange(standing: standing, ban: former, outcome: .made(number))
        }
    }

    public func bans(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Ban>)? {
        let now = clock.now
        return try with { state throws(Failure) in
            let last = page.after?.parts.first.flatMap { UserID($0) }
            if page.after != nil, last == nil { throw .invalidCursor }
            guard let kind = state.rooms[room]?.kind else { return nil }
            let role = state.role(of: viewer.id, in: room)
            let bans = (state.bans[room] ?? [:]).keys.sorted().compactMap { state.ban(of: $0, in: room, at: now) }
                .filter { ban in last.map { ban.userID > $0 } ?? true && role.map { $0 >= .moderator } ?? false }
            return (
                Standing(kind: kind, viewer: role),
                Page(bans, limit: page.limit) { Cursor([$0.userID.description]) }
            )
        }
    }
}

extension InMemoryChat.State {
    fileprivate func standing(of user: UserID, in room: RoomID, as caller: UserID, at now: Date) -> Standing? {
        rooms[room].map {
            Standing(
                kind: $0.kind, caller: role(of: caller, in: room), user: role(of: user, in: room),
                isBanned: ban(of: user, in: room, at: now) != nil)
        }
    }
}

extension InMemoryChat.State {
    /// Fails: `slowMode`. Notes that the user speaks now.
    mutating func requireWaited(_ user: UserID, in room: Room, at now: Date) throws(Failure) {
        guard room.slowModeSeconds > 0, role(of: user, in: room.id) == .member else { return }
        if let spokeAt = spokeAt[room.id]?[user] {
            let left = spokeAt.addingTimeInterval(TimeInterval(room.slowModeSeconds)).timeIntervalSince(now)
            if left > 0 { throw .slowMode(in: room.id, wait: .milliseconds(Int64((left * 1_000).rounded(.up)))) }
        }
        spokeAt[room.id, default: [:]][user] = now
    }
}
