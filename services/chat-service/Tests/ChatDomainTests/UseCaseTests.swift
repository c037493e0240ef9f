import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import Testing

/// Who may do what: every use case on stores in memory.
@Suite struct UseCaseTests {
    let chat = InMemoryChat()
    let events = RecordedEvents()
    let rights = ScriptedRights()
    let clock = SystemWallClock()
    let ids = SystemIDSource()

    func code(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }

    func room(_ kind: Room.Kind = .public, owner: UserID) async throws -> Room {
        try await CreateRoom(rooms: chat, quotas: try ChatQuotas("free rooms=9 sockets=1"), ids: ids, clock: clock)(
            name: RoomName("Lobby"), kind: kind, as: Sample.viewer(owner))
    }

    @Test func `a private room does not exist for strangers, whatever they try`() async throws {
        let (owner, stranger) = (Sample.user(), Sample.user())
        let room = try await room(.private, owner: owner)
        let attempts: [@Sendable () async throws -> Void] = [
            { [chat] in _ = try await ReadRoom(rooms: chat)(room.id, as: Sample.viewer(stranger)) },
            { [chat, events] in
                _ = try await ChangeRoom(rooms: chat, events: events)(room.id, name: nil, kind: nil, as: stranger) {
                    _ in
                }
            },
            { [chat, events] in try await DeleteRoom(rooms: chat, events: events)(room.id, as: stranger) { _ in } },
            { [chat, events, rights, clock] in
                _ = try await JoinRoom(members: chat, events: events, rights: rights, clock: clock)(
                    room.id, as: stranger)
            },
            { [chat, events, clock] in
                try await LeaveRoom(members: chat, events: events, clock: clock)(room.id, as: stranger)
            },
            { [chat] in
                _ = try await ListMembers(members: chat)(
                    of: room.id, PageRequest(), as: Sample.viewer(stranger))
            },
            { [chat] in
                _ = try await ReadHistory(log: chat)(
                    of: room.id, .before(nil), limit: 5, as: Sample.viewer(stranger))
            },
            { [chat] in _ = try await OpenSubscription(rooms: chat)(room.id, as: Sample.viewer(stranger)) },
            { [chat, events, rights, ids] in
                _ = try await SendMessage(log: chat, events: events, rights: rights, ids: ids)(
                    MessageText("x"), clientID: ClientID("x"), in: room.id, as: stranger)
            },
            { [chat, events, clock] in
                try await RemoveMember(members: chat, events: events, clock: clock)(owner, from: room.id, as: stranger)
            },
        ]
        for (number, attempt) in attempts.enumerated() {
            #expect(await code(attempt) == "chat.room-not-found", "attempt \(number)")
        }
        #expect(events.all.isEmpty)
    }

    @Test func `a public room is seen by all and used by members`() async throws {
        let (owner, other) = (Sample.user(), Sample.user())
        let room = try await room(owner: owner)
        #expect(try await ReadRoom(rooms: chat)(room.id, as: Sample.viewer(other)) == room)
        let history = ReadHistory(log: chat)
        #expect(
            await code { _ = try await history(of: room.id, .before(nil), limit: 5, as: Sample.viewer(other)) }
                == "chat.not-a-member")
        let join = JoinRoom(members: chat, events: events, rights: rights, clock: clock)
        #expect(try await join(room.id, as: other).isNew)
        #expect(try await join(room.id, as: other).isNew == false)
        #expect(events.all.count == 1)
        #expect(
            await code { _ = try await history(of: room.id, .before(nil), limit: 5, as: Sample.viewer(other)) } == nil)
    }

    @Test func `moderators invite and remove members, owners hand out roles`() async throws {
        let (owner, moderator, member) = (Sample.user(), Sample.user(), Sample.user())
        let room = try await room(.private, owner: owner)
        let put = PutMember(members: chat, events: events, rights: rights, clock: clock)
        let remove = RemoveMember(members: chat, events: events, clock: clock)
        #expect(try await put(moderator, in: room.id, role: .moderator, as: owner).isNew)
        #expect(try await put(member, in: room.id, role: .member, as: moderator).isNew)
        #expect(
            await code { _ = try await put(member, in: room.id, role: .moderator, as: moderator) }
                == "chat.role-too-low")
        #expect(
            await code { _ = try await put(Sample.user(), in: room.id, role: .member, as: member) }
                == "chat.role-too-low")
        #expect(await code { _ = try await put(owner, in: room.id, role: .member, as: owner) } == "chat.role-too-low")
        #expect(await code { try await remove(moderator, from: room.id, as: member) } == "chat.role-too-low")
        #expect(await code { try await remove(owner, from: room.id, as: moderator) } == "chat.role-too-low")
        #expect(await code { try await remove(Sample.user(), from: room.id, as: owner) } == "chat.member-not-found")
        #expect(await code { try await remove(member, from: room.id, as: moderator) } == nil)
        #expect(
            await code { _ = try await ReadRoom(rooms: chat)(room.id, as: Sample.viewer(member)) }
                == "chat.room-not-found")
    }

    @Test func `the owner changes and deletes the room and cannot leave it`() async throws {
        let (owner, other) = (Sample.user(), Sample.user())
        let room = try await room(owner: owner)
        _ = try await JoinRoom(members: chat, events: events, rights: rights, clock: clock)(room.id, as: other)
        let change = ChangeRoom(rooms: chat, events: events)
        let leave = LeaveRoom(members: chat, events: events, clock: clock)
        let delete = DeleteRoom(rooms: chat, events: events)
        #expect(
            await code { _ = try await change(room.id, name: nil, kind: .private, as: other) { _ in } }
                == "chat.role-too-low")
        #expect(
            try await change(room.id, name: RoomName("Hall"), kind: nil, as: owner) { _ in }.name.description == "Hall")
        #expect(await code { try await leave(room.id, as: owner) } == "chat.owner-cannot-leave")
        #expect(await code { try await leave(room.id, as: other) } == nil)
        #expect(await code { try await leave(room.id, as: other) } == nil)
        #expect(await code { try await delete(room.id, as: other) { _ in } } == "chat.not-a-member")
        #expect(await code { try await delete(room.id, as: owner) { _ in } } == nil)
        #expect(
            await code { _ = try await ReadRoom(rooms: chat)(room.id, as: Sample.viewer(owner)) }
                == "chat.room-not-found")
    }

    @Test func `a repeated opening with its id gives the first room, or says that it has ended`() async throws {
        let (owner, id) = (Sample.viewer(), UUID())
        let create = CreateRoom(
            rooms: chat, quotas: try ChatQuotas("free rooms=1 sockets=1"), ids: ids, clock: clock)
        let first = try await create(name: RoomName("Lobby"), kind: .public, id: id, as: owner)
        #expect(try await create(name: RoomName("Other"), kind: .private, id: id, as: owner) == first)
        try await DeleteRoom(rooms: chat, events: events)(first.id, as: owner.id) { _ in }
        #expect(
            await code { _ = try await create(name: RoomName("Lobby"), kind: .public, id: id, as: owner) }
                == "chat.room-not-found")
    }

    @Test func `how many rooms somebody may own is what their tier says, and what is there already stays`() async throws
    {
        let quotas = try ChatQuotas("free rooms=1 sockets=1; member rooms=3 sockets=1")
        let create = CreateRoom(rooms: chat, quotas: quotas, ids: ids, clock: clock)
        let user = Sample.user()
        let member = Viewer(id: user, tier: "member", expiresAt: .distantFuture)
        for _ in 0..<3 { _ = try await create(name: RoomName("Lobby"), kind: .private, as: member) }
        for (viewer, limit) in [(member, 3), (Sample.viewer(user), 1)] as [(Viewer, Int64)] {
            let failure = await #expect(throws: Failure.self) {
                try await create(name: RoomName("Lobby"), kind: .public, as: viewer)
            }
            #expect(failure?.code == "chat.quota-exceeded" && failure?.kind == .forbidden)
            #expect(failure?.extensions["limit"] == .number(limit) && failure?.extensions["used"] == .number(3))
        }
    }

    @Test func `a change of nothing is no change, and none over a room that changed meanwhile is lost`() async throws {
        let owner = Sample.user()
        let room = try await room(owner: owner)
        let change = ChangeRoom(rooms: chat, events: events)
        #expect(try await change(room.id, name: nil, kind: .public, as: owner) { _ in } == room)
        #expect(events.all.isEmpty)
        var isFirst = true
        let changed = try await change(room.id, name: RoomName("Hall"), kind: nil, as: owner) {
            [chat] seen throws(Failure) in
            guard isFirst else { return }
            isFirst = false
            chat.change(seen.id) { $0.kind = .private }
        }
        #expect(changed.kind == .private && changed.name.description == "Hall" && changed.version == 3)
    }

    @Test func `a message is announced once, after it is stored`() async throws {
        let owner = Sample.user()
        let room = try await room(owner: owner)
        let send = SendMessage(log: chat, events: events, rights: rights, ids: ids)
        let first = try await send(MessageText("one"), clientID: ClientID("a"), in: room.id, as: owner)
        let again = try await send(MessageText("two"), clientID: ClientID("a"), in: room.id, as: owner)
        #expect(again.isRepeat && again.message == first.message)
        #expect(events.messages == [first.message])
        chat.setAway(true)
        #expect(
            await code { _ = try await send(MessageText("x"), clientID: ClientID("b"), in: room.id, as: owner) }
                == "platform.unavailable")
        #expect(events.messages.count == 1)
    }
}
