import ChatDomain
import ChatTestKit
import DataExports
import DomainKit
import Foundation
import IdentityEvents
import Postgres
import Testing

@testable import ChatStorage

@Suite(.timeLimit(.minutes(5))) struct ChatExporterTests {
    private let own = Sample.user()
    private let other = Sample.user()

    /// Gives all pieces of the account that there are, in their order.
    private func export(_ database: TestDatabase, _ take: (ExportPiece) throws -> Void) async throws {
        let exporter = PostgresChatExporter(client: database.client)
        var place: String?
        repeat {
            let piece = try await exporter.piece(of: own.uuid, from: place)
            #expect(piece.content.count <= ExportPiece.largest)
            try take(piece)
            place = piece.place
        } while place != nil
    }

    /// As many messages, of which every tenth is the other one's.
    private func fill(_ room: Room, _ count: Int, in database: TestDatabase) async throws {
        // Some names come again a day later, over the end of a page as well.
        try await database.client.execute(
            """
            INSERT INTO messages (id, room_id, seq, sender_id, client_id, body, sent_at)
            SELECT gen_random_uuid(), \(room.id.uuid), n, CASE WHEN n % 10 = 0 THEN \(other.uuid) ELSE \(own.uuid) END,
                'c' || n / 3, CASE WHEN n % 10 = 0 THEN 'another said ' ELSE 'said ' END || n, now()
            FROM generate_series(1, \(count)) n
            """)
    }

    @Test func `all that somebody said is there once, by pages, and nobody else's`() async throws {
        let database = try await TestDatabase()
        for index in 0..<3 {
            let room = try Sample.room("Room \(index)", owner: index == 0 ? own : other)
            _ = try await database.rooms.insert(room)
            try await fill(room, 2_500, in: database)
        }
        // Rooms in which nothing was said, more than are looked through at a time.
        try await database.client.execute(
            """
            INSERT INTO rooms (id, name, kind, owner_id, slow_mode_seconds, member_count, created_at)
            SELECT gen_random_uuid(), 'quiet', 'public', \(other.uuid), 0, 0, now() FROM generate_series(1, 2500)
            """)
        var (seen, rooms): ([String: Int], Int) = ([:], 0)
        try await export(database) { piece in
            let rows = try #require(try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]])
            if piece.kind == "rooms" { rooms += rows.count }
            for row in rows where piece.kind == "messages" {
                seen["\(row["room_id"] ?? "") \(row["body"] ?? "")", default: 0] += 1
            }
            let text = String(decoding: piece.content, as: UTF8.self)
            #expect(!text.contains("another said") && !text.contains(other.uuid.lowercased))
        }
        #expect(rooms == 1)
        #expect(seen.count == 3 * 2_250 && seen.values.allSatisfy { $0 == 1 })
    }

    @Test func `a hundred thousand messages come in pieces of a mebibyte`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room("広場", owner: own)
        _ = try await database.rooms.insert(room)
        try await fill(room, 110_000, in: database)
        try await database.client.execute(
            "UPDATE messages SET body = repeat('花', 500) WHERE sender_id = \(own.uuid) AND seq <= 10000")
        var (rows, largest) = (0, 0)
        try await export(database) { piece in
            largest = max(largest, piece.content.count)
            // A line each.
            if piece.kind == "messages", piece.content.count > 3 { rows += piece.content.count { $0 == 0x0A } }
        }
        #expect(rows == 99_000 && largest < 1_100_000)
    }

    @Test func `what somebody took back is not in it, and names are as they were given`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room("\"../../etc\\passwd\"", owner: own)
        _ = try await database.rooms.insert(room)
        for name in ["a b", "花 ", "../x", "\"\\"] {
            _ = try await database.log().append(Sample.draft(in: room.id, by: own, clientID: name))
        }
        try await database.client.execute(
            "UPDATE messages SET body = 'taken back', deleted_at = now() WHERE client_id = 'a b'")
        var names: Set<String> = []
        try await export(database) { piece in
            let text = String(decoding: piece.content, as: UTF8.self)
            #expect(!text.contains("taken back"))
            let rows = try #require(try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]])
            names.formUnion(rows.compactMap { ($0["client_id"] ?? $0["name"]) as? String })
        }
        #expect(names == ["a b", "花 ", "../x", "\"\\", room.name.description])
    }

    @Test func `what somebody said before they edited it is given, and nobody else's`() async throws {
        let database = try await TestDatabase()
        let rooms = [try Sample.room(owner: own), try Sample.room(owner: own)]
        let log = database.log()
        for room in rooms {
            _ = try await database.rooms.insert(room)
            _ = try await database.members.join(other, room.id)
            for user in [own, other] {
                let said = try await log.append(Sample.draft(in: room.id, by: user, body: "first of \(user)"))
                for body in ["second of \(user)", nil] {
                    _ = try await log.change(
                        said.messageID, in: room.id, to: body.map { try MessageText($0) }, as: user, if: .editing)
                }
            }
        }
        var said: [String] = []
        try await export(database) { piece in
            guard piece.kind == "versions" else { return }
            let rows = try #require(try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]])
            said += rows.compactMap { $0["body"] as? String }
        }
        #expect(said.sorted() == ["first of \(own)", "first of \(own)", "second of \(own)", "second of \(own)"])
    }

    @Test func `what became of somebody in rooms is given, and why, and whom they kept out themselves`() async throws {
        let database = try await TestDatabase()
        let (mine, theirs, third) = (try Sample.room(owner: own), try Sample.room(owner: other), Sample.user())
        for room in [mine, theirs] { _ = try await database.rooms.insert(room) }
        _ = try await database.members.join(own, theirs.id)
        _ = try await database.members.join(third, theirs.id)
        for user in [own, third] { _ = try await database.members.mark(user, in: theirs.id, readUpTo: 0) }
        let rule = MembershipRule { $0.caller == .owner }
        for (user, room, reason) in [(own, theirs, "of me"), (third, theirs, "of a third"), (third, mine, "by me")] {
            _ = try await database.members.ban(
                user, from: room.id, for: BanReason(reason), until: nil, as: room.ownerID, if: rule)
        }
        var rows: [String: [[String: Any]]] = [:]
        try await export(database) { piece in
            let some = try #require(try JSONSerialization.jsonObject(with: piece.content) as? [[String: Any]])
            rows[piece.kind, default: []] += some
        }
        #expect(rows["reads"]?.map { $0["seq"] as? Int } == [0])
        #expect(rows["bans"]?.map { $0["reason"] as? String } == ["of me"])
        #expect(rows["bans-given"]?.map { $0["reason"] as? String } == ["by me"])
        #expect(rows["room-changes"]?.map { $0["event"] as? String } == ["member_joined", "member_banned"])
    }

    @Test(arguments: [
        "letters", "bans x", "bans-given x", "room-changes x", "reads x", "versions", "versions x", "messages x",
        "rooms x",
        "messages 6ba7b810-9dad-11d1-80b4-00c04fd430c8 x 00",
    ])
    func `a place that this service never gave is refused`(place: String) async throws {
        let database = try await TestDatabase()
        await #expect(throws: (any Error).self) {
            _ = try await PostgresChatExporter(client: database.client).piece(of: own.uuid, from: place)
        }
    }

    /// Whoever adds a table that says whose a row is decides here whether it is given.
    @Test func `of every table with something of an account it is said whether it is given`() async throws {
        let tables = try await TestDatabase().client.query(
            """
            SELECT DISTINCT table_name::text FROM information_schema.columns WHERE table_schema = 'public'
              AND column_name IN ('user_id', 'owner_id', 'sender_id', 'member_id', 'reporter_id', 'account_id')
            """
        ).decode(String.self)
        // The last but one, of slow mode, has nothing that messages do not tell; the last one names who is to be erased, and nobody asks for an export
        // then.
        #expect(
            Set(tables) == [
                "rooms", "members", "messages", "room_bans", "room_changes", "room_reads", "room_speakers",
                "account_erasures",
            ])
    }
}
