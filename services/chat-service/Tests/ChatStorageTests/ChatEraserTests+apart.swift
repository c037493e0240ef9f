import ChatDomain
import ChatTestKit
import DomainKit
import ErasureWork
import Foundation
import PlatformTesting
import Postgres
import Testing

@testable import ChatStorage

/// Somebody who is erased beside others who stay.
extension ChatEraserTests {
    /// A room as far as its members count.
    private struct Standing: Hashable {
        let owner: UUID
        let members: Int
        let departures: Int64
        let version: Int64
    }

    private func standing(of room: Room, in database: TestDatabase) async throws -> Standing? {
        try await database.client.first(
            "SELECT owner_id, member_count, departures, version FROM rooms WHERE id = \(room.id.uuid)"
        ).map {
            let (owner, members, departures, version) = try $0.decode((UUID, Int32, Int64, Int64).self)
            return Standing(owner: owner, members: Int(members), departures: departures, version: version)
        }
    }

    private func members(of room: Room, in database: TestDatabase) async throws -> [UUID: String] {
        let rows = try await database.client.query("SELECT user_id, role FROM members WHERE room_id = \(room.id.uuid)")
        return try Dictionary(uniqueKeysWithValues: rows.decode((UUID, String).self))
    }

    @Test func `whoever stays keeps their rooms, their places in them and their words`() async throws {
        let database = try await TestDatabase()
        let (gone, heir, third) = (Sample.user(), Sample.user(), Sample.user())
        // The one in which nobody is left comes first.
        let alone = try Sample.room("alone", owner: gone)
        let (visited, owned, foreign) = (
            try Sample.room("visited", owner: third), try Sample.room("owned", owner: gone),
            try Sample.room("foreign", owner: third)
        )
        for room in [alone, visited, owned, foreign] {
            _ = try await database.rooms.insert(room)
            try await say(room == foreign ? 4 : 2, in: room, by: third, database)
        }
        for (room, user, role, after) in [
            (visited, gone, "moderator", 1), (visited, heir, "member", 2), (owned, third, "member", 1),
            (owned, heir, "moderator", 2), (foreign, heir, "member", 1),
        ] { try await join(room, user, as: role, after: after, in: database) }
        for room in [visited, owned] { try await say(2, in: room, by: gone, database) }
        let before = try #require(try await standing(of: owned, in: database))
        let untouched = try await standing(of: foreign, in: database)

        let removed = try await erase(gone, in: database)
        #expect(removed == ["messages": 4, "memberships": 1, "rooms": 1, "rooms_handed_over": 1])
        #expect(try await members(of: visited, in: database) == [third.uuid: "owner", heir.uuid: "member"])
        #expect(try await members(of: owned, in: database) == [third.uuid: "member", heir.uuid: "owner"])
        #expect(try await members(of: foreign, in: database) == [third.uuid: "owner", heir.uuid: "member"])
        #expect(
            try await standing(of: visited, in: database)
                == Standing(owner: third.uuid, members: 2, departures: 1, version: before.version))
        #expect(
            try await standing(of: owned, in: database)
                == Standing(owner: heir.uuid, members: 2, departures: 1, version: before.version + 1))
        #expect(try await standing(of: foreign, in: database) == untouched)
        #expect(try await standing(of: alone, in: database) == nil)
        for room in [visited, owned, foreign] {
            let said = try await database.client.query(
                "SELECT sender_id, body <> '', client_id <> '', deleted_at IS NULL FROM messages WHERE room_id = \(room.id.uuid)"
            ).decode((UUID, Bool, Bool, Bool).self)
            #expect(said.count == 4)
            #expect(said.allSatisfy { ($0.0 == third.uuid) == ($0.1 && $0.2 && $0.3) }, "\(room.name)")
        }
    }

    @Test func `of whoever was erased no table has a word`() async throws {
        let database = try await TestDatabase()
        let (gone, other) = (Sample.user(), Sample.user())
        let (room, own) = (try Sample.room(owner: other), try Sample.room(owner: gone))
        for room in [room, own] { _ = try await database.rooms.insert(room) }
        for room in [room, own] { try await say(3, in: room, by: gone, database) }
        try await join(room, gone, after: 1, in: database)
        try await join(own, other, after: 1, in: database)
        for (user, caller, banning) in [(gone, other, room), (Sample.user(), gone, own)] {
            let rule = MembershipRule { $0.caller == .owner }
            let ban = try await database.members.ban(
                user, from: banning.id, for: BanReason("花子"), until: nil, as: caller, if: rule)
            #expect(ban?.ban != nil)
        }
        try await database.client.execute(
            """
            INSERT INTO idempotency_keys (caller, route, key, fingerprint, token, lease_until, expires_at, body)
            VALUES (\(gone.description), 'r', 'k', 'f', gen_random_uuid(), now(), now(), \(Data("花子".utf8)))
            """)
        _ = try await erase(gone, in: database)
        let tables = try await database.client.query(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).decode(String.self)
        for table in tables {
            try #require(table.allSatisfy { $0.isLowercase || $0 == "_" })
            // Who said or did something stays under it, as an id that is nobody's.
            let words = ["messages", "room_changes", "room_bans"].contains(table) ? ["花子"] : ["花子", gone.description]
            for word in words {
                let rows = try await database.client.query(
                    """
                    SELECT 1 FROM \(sql: SQL(stringLiteral: table)) t WHERE strpos(t::text, \(word)) > 0
                        OR strpos(t::text, encode(convert_to(\(word), 'UTF8'), 'hex')) > 0
                    """)
                #expect(rows.isEmpty, "\(word) in \(table)")
            }
        }
        let bans = try await database.client.query("SELECT by_id FROM room_bans").decode(UUID.self)
        #expect(bans == [gone.uuid], "whom it kept out stays out, without a reason")
    }

    @Test func `what was taken back before keeps its time`() async throws {
        let database = try await TestDatabase()
        let gone = Sample.user()
        let room = try Sample.room(owner: Sample.user())
        _ = try await database.rooms.insert(room)
        try await say(1, in: room, by: gone, database)
        try await database.client.execute("UPDATE messages SET deleted_at = '2026-01-02T03:04:05Z'")
        #expect(try await erase(gone, in: database) == ["messages": 1])
        let times = try await database.client.query("SELECT deleted_at FROM messages").decode(Date.self)
        #expect(times == [Date(timeIntervalSince1970: 1_767_323_045)])
    }

    @Test func `it is not done before its words in rooms that ended are out`() async throws {
        let database = try await TestDatabase()
        let (gone, other) = (Sample.user(), Sample.user())
        let (own, foreign, visited) = (
            try Sample.room(owner: gone), try Sample.room(owner: other), try Sample.room(owner: other)
        )
        for room in [own, foreign, visited] {
            _ = try await database.rooms.insert(room)
            try await say(2, in: room, by: room == foreign ? other : gone, database)
        }
        func step() async throws -> ErasureStep {
            try await database.client.transaction { try await PostgresChatEraser().step(gone, from: nil, in: $0) }
        }
        #expect(try await step().removed == ["rooms": 1])
        #expect(try await step().next == .later)
        let remains = PostgresRoomRemains(client: database.client)
        // The message is out, and what it said before an edit is not.
        try await database.client.execute(
            """
            INSERT INTO message_versions (room_id, seq, change, body, said_at) VALUES (\(own.id.uuid), 1, 1, 'x', now())
            """)
        try await database.client.execute("DELETE FROM messages WHERE room_id = \(own.id.uuid)")
        #expect(try await step().next == .later)
        try await database.client.execute(
            "INSERT INTO room_changes (room_id, change, seq, at) VALUES (\(own.id.uuid), 1, 1, now())")
        while try await database.client.first("SELECT 1 FROM room_remains") != nil { try await remains.takeOutSome() }
        try await database.client.execute("DELETE FROM rooms WHERE id = \(foreign.id.uuid)")
        #expect(try await step().next == .done, "others' words are not waited for")
    }

    @Test func `an owner who is no member hands their room over as well`() async throws {
        let database = try await TestDatabase()
        let (gone, heir) = (Sample.user(), Sample.user())
        let room = try Sample.room(owner: gone)
        _ = try await database.rooms.insert(room)
        try await join(room, heir, after: 1, in: database)
        try await database.client.execute("DELETE FROM members WHERE user_id = \(gone.uuid)")
        #expect(try await erase(gone, in: database) == ["rooms_handed_over": 1])
        #expect(try await owner(of: room, in: database) == heir)
    }

    @Test func `whoever joins at the same moment gets the room`() async throws {
        let database = try await TestDatabase()
        let other = try await TestDatabase(url: database.client.configuration.connectionString)
        let (gone, joining) = (Sample.user(), Sample.user())
        let room = try Sample.room(owner: gone)
        _ = try await database.rooms.insert(room)
        let erasing = try await database.client.transaction { transaction in
            _ = try await transaction.query("SELECT 1 FROM rooms WHERE id = \(room.id.uuid) FOR NO KEY UPDATE")
            try await transaction.execute(
                """
                INSERT INTO members (room_id, user_id, role, joined_at)
                VALUES (\(room.id.uuid), \(joining.uuid), 'member', now())
                """)
            try await transaction.execute("UPDATE rooms SET member_count = 2 WHERE id = \(room.id.uuid)")
            let erasing = Task { try await erase(gone, in: other) }
            try await until("the eraser waits") {
                try await database.client.first(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                    != nil
            }
            return erasing
        }
        #expect(try await erasing.value == ["rooms_handed_over": 1])
        #expect(try await owner(of: room, in: database) == joining)
        await other.client.close()
    }
}
