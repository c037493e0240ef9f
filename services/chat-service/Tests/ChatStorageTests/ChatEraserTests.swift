import ChatDomain
import ChatTestKit
import DomainKit
import ErasureWork
import Foundation
import Postgres
import Testing

@testable import ChatStorage

/// What becomes of the rooms and words of somebody who was erased.
@Suite(.timeLimit(.minutes(2))) struct ChatEraserTests {
    struct Endless: Error {}

    /// Steps until it is done, while rooms that have ended are taken out beside it; how much of what was removed.
    func erase(_ user: UserID, in database: TestDatabase, atATime: Int = 1_000) async throws -> [String: Int64] {
        let (eraser, remains) = (
            PostgresChatEraser(messagesAtATime: atATime), PostgresRoomRemains(client: database.client)
        )
        var (removed, place): ([String: Int64], UUID?) = ([:], nil)
        for _ in 0..<300 {
            let step = try await database.client.transaction { [place] in
                try await eraser.step(user, from: place, in: $0)
            }
            removed.merge(step.removed.filter { $0.value > 0 }, uniquingKeysWith: +)
            switch step.next {
            case .more(let next): place = next
            case .later: try await remains.takeOutSome()
            case .done: return removed
            }
        }
        throw Endless()
    }

    func join(_ room: Room, _ user: UserID, as role: String = "member", after seconds: Int, in database: TestDatabase)
        async throws
    {
        try await database.client.execute(
            """
            INSERT INTO members (room_id, user_id, role, joined_at)
            VALUES (\(room.id.uuid), \(user.uuid), \(role), now() + \(seconds) * interval '1 second')
            """)
        try await database.client.execute("UPDATE rooms SET member_count = member_count + 1 WHERE id = \(room.id.uuid)")
    }

    func say(_ count: Int, in room: Room, by user: UserID, _ database: TestDatabase) async throws {
        try await database.client.execute(
            """
            INSERT INTO messages (id, room_id, seq, sender_id, client_id, body, sent_at)
            SELECT gen_random_uuid(), r.id, r.last_seq + n, \(user.uuid), 'c-' || n, 'my name is 花子', now()
            FROM rooms r, generate_series(1, \(count)) n WHERE r.id = \(room.id.uuid)
            """)
        try await database.client.execute(
            "UPDATE rooms SET last_seq = last_seq + \(count) WHERE id = \(room.id.uuid)")
    }

    func owner(of room: Room, in database: TestDatabase) async throws -> UserID? {
        try await database.client.first("SELECT owner_id FROM rooms WHERE id = \(room.id.uuid)")
            .map { UserID(try $0.decode(UUID.self)) }
    }

    @Test func `words leave tombstones, in rooms that were left before too, and others keep theirs`() async throws {
        let database = try await TestDatabase()
        let (gone, other) = (Sample.user(), Sample.user())
        var rooms: [Room] = []
        for _ in 0..<5 {
            let room = try Sample.room(owner: other)
            _ = try await database.rooms.insert(room)
            try await say(3, in: room, by: gone, database)
            try await say(2, in: room, by: other, database)
            rooms.append(room)
        }
        try await join(rooms[0], gone, after: 1, in: database)
        let log = database.log()
        // Where others have what stands under the same number.
        let elsewhere = try Sample.room(owner: other)
        _ = try await database.rooms.insert(elsewhere)
        try await say(1, in: elsewhere, by: other, database)
        for (room, place, user) in [(rooms[0], 0, gone), (rooms[0], 3, other), (elsewhere, 0, other)] {
            let said = try await log.messages(in: room.id, .after(Int64(place), before: nil), limit: 1)[0]
            let text = try MessageText("my name was 花子")
            guard case .made = try await log.change(said.id, in: room.id, to: text, as: user, if: .editing) else {
                throw ChatStoreContract.Broken(description: "not edited")
            }
        }
        #expect(try await erase(gone, in: database, atATime: 2) == ["messages": 15, "memberships": 1])
        let kept = try await database.client.query("SELECT seq FROM message_versions ORDER BY seq").map {
            try $0.decode(Int64.self)
        }
        #expect(kept == [1, 4], "what they said before goes too, and nobody else's")
        for room in rooms {
            let messages = try await log.messages(in: room.id, .after(0, before: nil), limit: 10)
            #expect(messages.map(\.seq) == [1, 2, 3, 4, 5], "the log has no holes")
            #expect(messages.map { $0.deletedAt == nil } == [false, false, false, true, true])
            #expect(messages.prefix(3).allSatisfy { $0.body.description.isEmpty && $0.clientID.description.isEmpty })
            #expect(messages.suffix(2).allSatisfy { $0.body.description.hasSuffix("花子") })
        }
        #expect(try await erase(gone, in: database) == [:], "once")
    }

    @Test func `a room goes to its oldest moderator, without one to its oldest member, and alone it ends`() async throws
    {
        let database = try await TestDatabase()
        let (gone, first, second, third) = (Sample.user(), Sample.user(), Sample.user(), Sample.user())
        let (moderated, plain, empty) = (
            try Sample.room(owner: gone), try Sample.room(owner: gone), try Sample.room(owner: gone)
        )
        for room in [moderated, plain, empty] { _ = try await database.rooms.insert(room) }
        for (room, user, role, after) in [
            (moderated, first, "member", 1), (moderated, third, "moderator", 3), (moderated, second, "moderator", 2),
            (plain, second, "member", 2), (plain, first, "member", 1),
        ] { try await join(room, user, as: role, after: after, in: database) }
        #expect(try await erase(gone, in: database) == ["rooms": 1, "rooms_handed_over": 2])
        #expect(try await owner(of: moderated, in: database) == second)
        #expect(try await owner(of: plain, in: database) == first)
        #expect(try await owner(of: empty, in: database) == nil)
        let access = try await database.rooms.access(to: moderated.id, for: second)
        #expect(access?.role == .owner && access?.room.memberCount == 3)
        #expect(try await database.rooms.access(to: moderated.id, for: gone)?.role == nil)
    }

    @Test func `kept answers go with whoever got them, and nobody else's`() async throws {
        let database = try await TestDatabase()
        let (gone, other) = (Sample.user(), Sample.user())
        for user in [gone, other] {
            try await database.client.execute(
                """
                INSERT INTO idempotency_keys (caller, route, key, fingerprint, token, lease_until, expires_at)
                VALUES (\(user.description), 'r', 'k', 'f', gen_random_uuid(), now(), now())
                """)
        }
        #expect(try await erase(gone, in: database) == [:])
        let left = try await database.client.query("SELECT caller FROM idempotency_keys").decode(String.self)
        #expect(left == [other.description])
    }

    @Test func `a step that is cut off is done again, and none of it is lost`() async throws {
        let database = try await TestDatabase()
        let gone = Sample.user()
        let room = try Sample.room(owner: Sample.user())
        _ = try await database.rooms.insert(room)
        try await say(5, in: room, by: gone, database)
        struct Killed: Error {}
        await #expect(throws: Killed.self) {
            try await database.client.transaction { transaction in
                _ = try await PostgresChatEraser(messagesAtATime: 2).step(gone, from: nil, in: transaction)
                throw Killed()
            }
        }
        #expect(try await erase(gone, in: database, atATime: 2) == ["messages": 5])
    }
}
