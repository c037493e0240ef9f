public import ChatDomain
public import DomainKit
import Foundation

/// What the routes can do, put together once: the edge knows verbs, and nothing of what is behind them.
public struct ChatUseCases: Sendable {
    typealias Condition = (Room) throws(Failure) -> Void
    typealias OpenedRoom = (room: Room, isNew: Bool)
    typealias NewInvitation = (uses: Int?, until: Date?)
    typealias MadeInvitation = (invitation: Invitation, token: InvitationToken)
    typealias MadeBan = (ban: Ban, isNew: Bool)
    typealias Present = (user: UserID, since: Date)
    typealias Sent = (message: Message, isRepeat: Bool)
    typealias Stretch = (messages: [Message], hasMore: Bool)

    let createRoom: @Sendable (RoomName, Room.Kind, UUID?, _ by: Viewer) async throws(Failure) -> Room
    let listRooms: @Sendable (RoomFilter, PageRequest, _ for: Viewer) async throws(Failure) -> Page<Room>
    let readRoom: @Sendable (RoomID, _ for: Viewer) async throws(Failure) -> Room
    let changeRoom: @Sendable (RoomID, RoomSettingsChange, _ by: UserID, Condition) async throws(Failure) -> Room
    let deleteRoom: @Sendable (RoomID, _ by: UserID, Condition) async throws(Failure) -> Void
    let openDirect: @Sendable (_ with: UserID, _ by: Viewer) async throws(Failure) -> OpenedRoom
    let join: @Sendable (RoomID, InvitationToken?, _ user: UserID) async throws(Failure) -> AddedMember
    let invite: @Sendable (RoomID, NewInvitation, UUID?, _ by: UserID) async throws(Failure) -> MadeInvitation
    let listInvitations: @Sendable (RoomID, PageRequest, _ for: Viewer) async throws(Failure) -> Page<Invitation>
    let withdrawInvitation: @Sendable (InvitationID, RoomID, _ by: UserID) async throws(Failure) -> Void
    let leave: @Sendable (RoomID, _ user: UserID) async throws(Failure) -> Void
    let listMembers: @Sendable (RoomID, PageRequest, _ for: Viewer) async throws(Failure) -> Page<Member>
    let putMember: @Sendable (UserID, RoomID, RoomRole, _ by: UserID) async throws(Failure) -> AddedMember
    let removeMember: @Sendable (UserID, RoomID, _ by: UserID) async throws(Failure) -> Void
    let listBans: @Sendable (RoomID, PageRequest, _ for: Viewer) async throws(Failure) -> Page<Ban>
    let ban: @Sendable (UserID, RoomID, BanReason, _ until: Date?, _ by: UserID) async throws(Failure) -> MadeBan
    let liftBan: @Sendable (UserID, RoomID, _ by: UserID) async throws(Failure) -> Void
    let markRead: @Sendable (_ seq: Int64, RoomID, _ by: UserID) async throws(Failure) -> ReadMark
    let listReadMarks: @Sendable (RoomID, PageRequest, _ for: Viewer) async throws(Failure) -> Page<ReadMark>
    let countUnread: @Sendable (_ of: UserID) async throws(Failure) -> [Unread]
    let listPresent: @Sendable (RoomID, _ for: Viewer) async throws(Failure) -> [Present]
    let send: @Sendable (MessageText, ClientID, MessageID?, RoomID, _ by: UserID) async throws(Failure) -> Sent
    let edit: @Sendable (MessageID, RoomID, MessageText, _ by: UserID) async throws(Failure) -> Message
    let deleteMessage: @Sendable (MessageID, RoomID, _ by: Viewer) async throws(Failure) -> Void
    let history: @Sendable (RoomID, HistoryRange, _ limit: Int, _ for: Viewer) async throws(Failure) -> Stretch

    public init(
        rooms: some RoomStore, members: some MembershipStores, log: some MessageLog,
        events: some RoomEvents,
        rights: some RoomRights, quotas: ChatQuotas, connections: any ConnectionRegistry, showsReadMarks: Bool,
        showsPresence: Bool, ids: any IDSource, clock: any WallClock
    ) {
        let create = CreateRoom(rooms: rooms, quotas: quotas, ids: ids, clock: clock)
        createRoom = { name, kind, id, caller throws(Failure) in
            try await create(name: name, kind: kind, id: id, as: caller)
        }
        let list = ListRooms(rooms: rooms)
        listRooms = { filter, page, viewer throws(Failure) in try await list(filter, page, as: viewer) }
        let read = ReadRoom(rooms: rooms)
        readRoom = { id, viewer throws(Failure) in try await read(id, as: viewer) }
        let change = ChangeRoom(rooms: rooms, events: events)
        changeRoom = { id, settings, caller, condition throws(Failure) in
            try await change(id, settings, as: caller, precondition: condition)
        }
        let delete = DeleteRoom(rooms: rooms, events: events)
        deleteRoom = { id, caller, condition throws(Failure) in
            try await delete(id, as: caller, precondition: condition)
        }
        let joining = JoinRoom(members: members, events: events, rights: rights, clock: clock)
        join = { id, invitation, user throws(Failure) in
            guard let invitation else { return try await joining(id, as: user) }
            return try await joining(id, by: invitation, as: user)
        }
        let direct = OpenDirectRoom(
            rooms: rooms, events: events, rights: rights, quotas: quotas, ids: ids, clock: clock)
        openDirect = { other, caller throws(Failure) in try await direct(with: other, as: caller) }
        let inviting = InviteByLink(invitations: members, ids: ids)
        invite = { room, new, id, caller throws(Failure) in
            try await inviting(into: room, uses: new.uses, until: new.until, invitation: id, as: caller)
        }
        let invitations = ListInvitations(invitations: members)
        listInvitations = { id, page, viewer throws(Failure) in try await invitations(of: id, page, as: viewer) }
        let withdrawing = WithdrawInvitation(invitations: members)
        withdrawInvitation = { id, room, caller throws(Failure) in try await withdrawing(id, from: room, as: caller) }
        let leaving = LeaveRoom(members: members, events: events, clock: clock)
        leave = { id, user throws(Failure) in try await leaving(id, as: user) }
        let membership = ListMembers(members: members)
        listMembers = { id, page, viewer throws(Failure) in try await membership(of: id, page, as: viewer) }
        let put = PutMember(members: members, events: events, rights: rights, clock: clock)
        putMember = { user, id, role, caller throws(Failure) in try await put(user, in: id, role: role, as: caller) }
        let remove = RemoveMember(members: members, events: events, clock: clock)
        removeMember = { user, id, caller throws(Failure) in try await remove(user, from: id, as: caller) }
        let bans = ListBans(bans: members)
        listBans = { id, page, viewer throws(Failure) in try await bans(of: id, page, as: viewer) }
        let banning = BanMember(bans: members, events: events)
        ban = { user, id, reason, until, caller throws(Failure) in
            try await banning(user, from: id, for: reason, until: until, as: caller)
        }
        let lifting = LiftBan(bans: members, events: events)
        liftBan = { user, id, caller throws(Failure) in try await lifting(of: user, from: id, as: caller) }
        let reading = MarkRead(marks: members, events: events, isShown: showsReadMarks)
        markRead = { seq, room, caller throws(Failure) in try await reading(upTo: seq, in: room, as: caller) }
        let marks = ListReadMarks(marks: members, isShown: showsReadMarks)
        listReadMarks = { id, page, viewer throws(Failure) in try await marks(of: id, page, as: viewer) }
        let unread = CountUnread(marks: members)
        countUnread = { caller throws(Failure) in try await unread(as: caller) }
        let presence = ListPresent(members: members, connections: connections, isShown: showsPresence)
        listPresent = { id, viewer throws(Failure) in try await presence(in: id, as: viewer) }
        let sending = SendMessage(log: log, events: events, rights: rights, ids: ids)
        send = { text, clientID, reply, room, caller throws(Failure) in
            try await sending(text, clientID: clientID, replyTo: reply, in: room, as: caller)
        }
        let editing = EditMessage(log: log, events: events, rights: rights)
        edit = { id, room, text, caller throws(Failure) in try await editing(id, in: room, to: text, as: caller) }
        let deleting = DeleteMessage(log: log, events: events)
        deleteMessage = { id, room, viewer throws(Failure) in try await deleting(id, in: room, as: viewer) }
        let past = ReadHistory(log: log)
        history = { room, range, limit, viewer throws(Failure) in
            try await past(of: room, range, limit: limit, as: viewer)
        }
    }
}
