public import ChatDomain
public import DomainKit
public import Foundation
import Synchronization

/// Rooms, members and logs in memory: one object behind all three ports, as one database stands behind the real ones.
public final class InMemoryChat: RoomStore, MemberStore, BanStore, MessageLog {
    struct State {
        var rooms: [RoomID: Room] = [:]
        var members: [RoomID: [Member]] = [:]
        var logs: [RoomID: [Message]] = [:]
        /// What each change concerns, in their order.
        var changes: [RoomID: [Change]] = [:]
        var bans: [RoomID: [UserID: Ban]] = [:]
        var invitations: [InvitationToken: Invitation] = [:]
        /// The rooms of two.
        var direct: [Set<UserID>: RoomID] = [:]
        /// How far the log went when somebody came in.
        var joinedSeq: [RoomID: [UserID: Int64]] = [:]
        var reads: [RoomID: [UserID: ReadMark]] = [:]
        /// When somebody last said something in a room in slow mode.
        var spokeAt: [RoomID: [UserID: Date]] = [:]
        var gone: Set<RoomID> = []
        var departures: [RoomID: Int64] = [:]
        var isAway = false
    }

    enum Change {
        /// The message with this `seq`.
        case message(Int64)
        case notice(RoomNotice.Event)
    }

    private let state = Mutex(State())
    private let waits = Mutex<[UserID: @Sendable () async -> Void]>([:])
    private let appending = Mutex<(@Sendable () -> Void)?>(nil)
    let clock: any WallClock

    public init(clock: any WallClock = SystemWallClock()) {
        self.clock = clock
    }

    /// While it is away everything fails `unavailable`.
    public func setAway(_ isAway: Bool) {
        state.withLock { $0.isAway = isAway }
    }

    /// Has every look at what `user` is in a room wait first.
    public func beforeAccess(of user: UserID, _ wait: @escaping @Sendable () async -> Void) {
        waits.withLock { $0[user] = wait }
    }

    /// Has something happen while a message is being stored, once.
    public func beforeAppend(_ action: @escaping @Sendable () -> Void) {
        appending.withLock { $0 = action }
    }

    func with<Value: Sendable>(_ body: (inout State) throws(Failure) -> Value) throws(Failure) -> Value {
        try state.withLock { state throws(Failure) in
            if state.isAway { throw .unavailable("memory") }
            return try body(&state)
        }
    }

    // MARK: RoomStore

    public func insert(_ room: Room, ifFewerThan most: Int64) async throws(Failure) -> RoomInsertion {
        try with { state throws(Failure) -> RoomInsertion in
            if state.gone.contains(room.id) { return .ended }
            if let former = state.rooms[room.id] { return .stored(former) }
            let owned = Int64(state.rooms.values.count { $0.ownerID == room.ownerID })
            guard owned < most else { return .full(owned: owned) }
            state.rooms[room.id] = room
            state.members[room.id] = [
                Member(roomID: room.id, userID: room.ownerID, role: .owner, joinedAt: room.createdAt)
            ]
            return .stored(room)
        }
    }

    /// As another caller would change it, at any moment.
    public func change(_ room: RoomID, _ body: (inout Room) -> Void) {
        state.withLock { state in
            guard var found = state.rooms[room] else { return }
            body(&found)
            found.version += 1
            state.rooms[room] = found
        }
    }

    public func access(to room: RoomID, for user: UserID) async throws(Failure) -> RoomAccess? {
        await waits.withLock { $0[user] }?()
        return try with { state throws(Failure) in
            state.rooms[room].map { RoomAccess(room: $0, role: state.role(of: user, in: room)) }
        }
    }

    public func rooms(
        _ filter: RoomFilter, for viewer: Viewer, _ page: PageRequest
    ) async throws(Failure) -> Page<Room> {
        try with { state throws(Failure) in
            let before = try page.after.map { cursor throws(Failure) in try cursor.position(as: RoomID.self) }
            let found = state.rooms.values.filter { room in
                let role = state.role(of: viewer.id, in: room.id)
                return (filter.isMember ? role != nil : room.kind.isShown(to: role))
                    && filter.nameContains.map { room.name.description.folded.contains($0.folded) } ?? true
                    && before.map { (room.createdAt.milliseconds, room.id) < $0 } ?? true
            }.sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
            return Page(found, limit: page.limit) { Cursor(["\($0.createdAt.milliseconds)", $0.id.description]) }
        }
    }

    public func update(
        _ room: RoomID, _ change: RoomSettingsChange, if condition: RoomCondition
    ) async throws(Failure) -> RoomChange<Room> {
        try with { state throws(Failure) -> RoomChange<Room> in
            guard var found = state.rooms[room] else { return .gone }
            guard state.holds(condition, of: found) else { return .stale }
            found.name = change.name ?? found.name
            found.kind = change.kind ?? found.kind
            found.slowModeSeconds = change.slowMode?.seconds ?? found.slowModeSeconds
            found.version += 1
            state.rooms[room] = found
            _ = state.note(.notice(.settingsChanged(found.settings)), in: room)
            return state.rooms[room].map { .done($0) } ?? .gone
        }
    }

    public func delete(_ room: RoomID, if condition: RoomCondition) async throws(Failure) -> RoomChange<Void> {
        try with { state throws(Failure) -> RoomChange<Void> in
            guard let found = state.rooms[room] else { return .gone }
            guard state.holds(condition, of: found) else { return .stale }
            state.members[room] = nil
            state.logs[room] = nil
            state.rooms[room] = nil
            state.gone.insert(room)
            return .done(())
        }
    }

    public func progress(of rooms: [RoomID]) async throws(Failure) -> [RoomID: RoomProgress] {
        try with { state throws(Failure) in
            rooms.reduce(into: [:]) { progress, id in
                progress[id] = state.rooms[id].map {
                    RoomProgress(position: $0.position, departures: state.departures[id] ?? 0)
                }
            }
        }
    }

    // MARK: MemberStore

    public func change(
        _ user: UserID, in room: RoomID, to role: RoomRole?, as caller: UserID, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> MembershipChange? {
        let now = clock.now
        return try with { state throws(Failure) -> MembershipChange? in
            guard let found = state.rooms[room] else { return nil }
            let former = state.members[room]?.first { $0.userID == user }
            let ban = state.ban(of: user, in: room, at: now)
            let standing = Standing(
                kind: found.kind, caller: state.role(of: caller, in: room), user: former?.role, isBanned: ban != nil)
            guard rule.allowed.contains(standing) else {
                return MembershipChange(standing: standing, member: former, bannedUntil: ban?.until, number: nil)
            }
            let member = role.map {
                Member(roomID: room, userID: user, role: $0, joinedAt: former?.joinedAt ?? date)
            }
            let number = state.put(member, user, in: room, instead: former, as: caller)
            return MembershipChange(standing: standing, member: member, bannedUntil: ban?.until, number: number)
        }
    }

    public func members(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Member>)? {
        try with { state throws(Failure) in
            let last = try page.after.map { cursor throws(Failure) in try cursor.position(as: UserID.self) }
            guard let standing = state.standing(of: viewer, in: room) else { return nil }
            guard standing.kind.isShown(to: standing.caller) else { return (standing, Page(items: [], next: nil)) }
            let members = (state.members[room] ?? []).filter { member in
                last.map { (member.joinedAt.milliseconds, member.userID) > $0 } ?? true
            }.sorted { ($0.joinedAt, $0.userID) < ($1.joinedAt, $1.userID) }
            let key = { (member: Member) in Cursor(["\(member.joinedAt.milliseconds)", member.userID.description]) }
            return (standing, Page(members, limit: page.limit, key: key))
        }
    }

    public func departed(among pairs: [RoomMembership]) async throws(Failure) -> [RoomMembership] {
        try with { state throws(Failure) in
            pairs.filter { pair in !(state.members[pair.roomID]?.contains { $0.userID == pair.userID } ?? false) }
        }
    }

    // MARK: MessageLog

    public func append(_ draft: MessageDraft, reply: @escaping Reply) {
        let now = clock.now
        appending.withLock { $0.take() }?()
        reply(
            Result { () throws(Failure) in
                try with { state throws(Failure) in try state.append(draft, at: now) }
            })
    }

    public func messages(
        in room: RoomID, _ range: HistoryRange, limit: Int
    ) async throws(Failure) -> [Message] {
        try with { state throws(Failure) in state.messages(in: room, range, limit: limit) }
    }

    public func messages(
        in room: RoomID, _ range: HistoryRange, limit: Int, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, messages: [Message])? {
        try with { state throws(Failure) in
            guard let standing = state.standing(of: viewer, in: room) else { return nil }
            return (standing, standing.caller == nil ? [] : state.messages(in: room, range, limit: limit))
        }
    }
}

extension InMemoryChat.State {
    func messages(in room: RoomID, _ range: HistoryRange, limit: Int) -> [Message] {
        let log = logs[room] ?? []
        return switch range {
        case .after(let seq, let before): Array(log.filter { $0.seq > seq && $0.seq < before ?? .max }.prefix(limit))
        case .before(let before): Array(log.filter { $0.seq < before ?? .max }.suffix(limit))
        }
    }

    fileprivate func standing(of viewer: Viewer, in room: RoomID) -> Standing? {
        rooms[room].map { Standing(kind: $0.kind, viewer: role(of: viewer.id, in: room)) }
    }

    func role(of user: UserID, in room: RoomID) -> RoomRole? {
        members[room]?.first { $0.userID == user }?.role
    }

    fileprivate func holds(_ condition: RoomCondition, of room: Room) -> Bool {
        room.version == condition.version
            && role(of: condition.caller, in: room.id).map(condition.roles.contains) ?? false
    }

    /// Gives a change its number.
    mutating func note(_ change: InMemoryChat.Change, in room: RoomID) -> Int64 {
        changes[room, default: []].append(change)
        rooms[room]?.lastChange += 1
        return rooms[room]?.lastChange ?? 0
    }

    mutating func set(_ members: [Member], of room: RoomID) {
        self.members[room] = members
        rooms[room]?.memberCount = members.count
    }

    fileprivate mutating func append(_ draft: MessageDraft, at now: Date) throws(Failure) -> Receipt {
        let isMember = members[draft.roomID]?.contains { $0.userID == draft.senderID } ?? false
        guard let room = rooms[draft.roomID], isMember || room.kind.isShown(to: nil) else {
            throw .roomNotFound(draft.roomID)
        }
        guard isMember else { throw .notAMember(of: draft.roomID) }
        let log = logs[draft.roomID] ?? []
        let first = log.last { message in
            message.senderID == draft.senderID && message.clientID == draft.clientID
                && message.sentAt > now.addingTimeInterval(-86_400)
        }
        if let first {
            return Receipt(messageID: first.id, seq: first.seq, sentAt: first.sentAt, isRepeat: true)
        }
        if let target = draft.replyTo, !log.contains(where: { $0.id == target }) {
            throw .replyTargetNotFound(in: draft.roomID)
        }
        try requireWaited(draft.senderID, in: room, at: now)
        let receipt = Receipt(messageID: draft.id, seq: room.lastSeq + 1, sentAt: now, isRepeat: false)
        logs[draft.roomID] = log + [Message(draft, receipt)]
        rooms[draft.roomID]?.lastSeq += 1
        return receipt
    }
}

extension Cursor {
    fileprivate func position<Entity>(as type: ID<Entity>.Type) throws(Failure) -> (UInt64, ID<Entity>) {
        guard parts.count == 2, let time = UInt64(parts[0]), let id = ID<Entity>(parts[1]) else { throw .invalid([]) }
        return (time, id)
    }
}

extension Date {
    fileprivate var milliseconds: UInt64 { UInt64((max(0, timeIntervalSince1970) * 1_000).rounded()) }
}

extension String {
    fileprivate var folded: String { precomposedStringWithCompatibilityMapping.lowercased() }
}
