import ChatDomain
import ChatTestKit
import DomainKit
import Testing

/// What use cases do with what the platform says of an account.
@Suite struct RightsTests {
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

    @Test(arguments: [Failure.joinNotAllowed, .unavailable("decisions")])
    func `who may not join, and who nobody can say it of, is in no room afterwards`(_ failure: Failure) async throws {
        let (owner, user) = (Sample.user(), Sample.user())
        let room = try await room(owner: owner)
        rights.answer(.failure(failure), about: user)
        let join = JoinRoom(members: chat, events: events, rights: rights, clock: clock)
        #expect(await code { _ = try await join(room.id, as: user) } == failure.code)
        let put = PutMember(members: chat, events: events, rights: rights, clock: clock)
        #expect(await code { _ = try await put(user, in: room.id, role: .member, as: owner) } == failure.code)
        #expect(try await chat.list(room).map(\.userID) == [owner] && events.all.isEmpty)
    }

    @Test func `an open room asks for one right and an invitation for another`() async throws {
        let (owner, user) = (Sample.user(), Sample.user())
        let (open, closed) = (try await room(owner: owner), try await room(.private, owner: owner))
        let join = JoinRoom(members: chat, events: events, rights: rights, clock: clock)
        let put = PutMember(members: chat, events: events, rights: rights, clock: clock)
        rights.answer(.failure(.joinNotAllowed), to: .open)
        #expect(await code { _ = try await join(open.id, as: user) } == "chat.join-not-allowed")
        #expect(try await put(user, in: closed.id, role: .member, as: owner).isNew)
        rights.answer(.success(()), to: .open)
        rights.answer(.failure(.joinNotAllowed), to: .invitation)
        #expect(try await join(open.id, as: user).isNew)
        #expect(
            await code { _ = try await put(Sample.user(), in: closed.id, role: .member, as: owner) }
                == "chat.join-not-allowed")
    }

    @Test func `why somebody else may not join is not told, nor that one may not to who may not invite`() async throws {
        let (owner, user, stranger) = (Sample.user(), Sample.user(), Sample.user())
        let room = try await room(.private, owner: owner)
        rights.answer(.failure(Failure(.forbidden, code: "user.banned", message: "Banned.")), about: user)
        let put = PutMember(members: chat, events: events, rights: rights, clock: clock)
        #expect(
            await code { _ = try await put(user, in: room.id, role: .member, as: owner) } == "chat.join-not-allowed")
        #expect(
            await code { _ = try await put(user, in: room.id, role: .member, as: stranger) } == "chat.room-not-found")
    }

    @Test func `a moderator who may join nothing any more can still be made a plain member`() async throws {
        let (owner, user) = (Sample.user(), Sample.user())
        let room = try await room(owner: owner)
        let put = PutMember(members: chat, events: events, rights: rights, clock: clock)
        _ = try await put(user, in: room.id, role: .moderator, as: owner)
        rights.answer(.failure(.unavailable("decisions")), about: user)
        #expect(try await put(user, in: room.id, role: .member, as: owner).member.role == .member)
    }

    @Test func `who may not speak says nothing, also where it has to be asked for`() async throws {
        let owner = Sample.user()
        let room = try await room(owner: owner)
        let send = SendMessage(log: chat, events: events, rights: rights, ids: ids)
        for failure in [Failure.speechNotAllowed, .unavailable("decisions")] {
            rights.forget()
            rights.answer(.failure(failure), about: owner)
            let told = await code {
                _ = try await send(MessageText("x"), clientID: ClientID("a"), in: room.id, as: owner)
            }
            #expect(told == failure.code)
        }
        #expect(try await chat.messages(in: room.id, .before(nil), limit: 1).isEmpty && events.all.isEmpty)
    }
}
