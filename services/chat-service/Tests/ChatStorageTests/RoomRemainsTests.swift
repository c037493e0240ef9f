import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import Postgres
import Testing

@testable import ChatStorage

/// What is left of rooms that are gone, and how it is taken out.
@Suite(.timeLimit(.minutes(2))) struct RoomRemainsTests {
    /// A room with so many messages, already ended.
    func endedRoom(_ database: TestDatabase, messages count: Int) async throws -> RoomID {
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        try await database.client.query(
            """
            INSERT INTO messages (id, room_id, seq, sender_id, client_id, body, sent_at)
            SELECT gen_random_uuid(), \(room.id.uuid), n, \(room.ownerID.uuid), n::text, 'x', now()
            FROM generate_series(1, \(count)) n
            """)
        try await database.client.query("UPDATE rooms SET last_seq = \(count) WHERE id = \(room.id.uuid)")
        let log = database.log()
        for said in try await log.messages(in: room.id, .after(0, before: nil), limit: 3) {
            _ = try await log.change(said.id, in: room.id, to: MessageText("y"), as: room.ownerID, if: .editing)
        }
        let other = Sample.user()
        _ = try await database.members.ban(
            other, from: room.id, for: BanReason("x"), until: nil, as: room.ownerID, if: MembershipRule { _ in true })
        _ = try await database.members.invite(
            into: room.id, InvitationID(UUID()), InvitationToken(), uses: nil, until: nil, as: room.ownerID,
            roles: [.owner])
        _ = try await database.members.mark(room.ownerID, in: room.id, readUpTo: 0)
        try await database.client.execute("INSERT INTO room_speakers VALUES (\(room.id.uuid), \(other.uuid), now())")
        try await database.client.execute(
            "INSERT INTO direct_rooms VALUES (least(\(other.uuid), \(room.ownerID.uuid)), greatest(\(other.uuid), \(room.ownerID.uuid)), \(room.id.uuid))"
        )
        guard case .done = try await database.rooms.delete(room.id, if: room.seen) else {
            throw ChatStoreContract.Broken(description: "the room was not deleted")
        }
        return room.id
    }

    func count(_ table: SQL, of room: RoomID, in database: TestDatabase) async throws -> Int64 {
        try await database.client.first("SELECT count(*) FROM \(sql: table) WHERE room_id = \(room.uuid)")?
            .decode(Int64.self) ?? -1
    }

    /// All that have something of a room, also those that are added later.
    func tables(_ database: TestDatabase) async throws -> [String] {
        let tables = try await database.client.query(
            """
            SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'room_id'
            """
        ).decode(String.self)
        try #require(tables.count > 5)
        return tables
    }

    func remains(_ database: TestDatabase) -> PostgresRoomRemains {
        PostgresRoomRemains(client: database.client)
    }

    @Test func `a room ends at once, and its messages go in batches`() async throws {
        let database = try await TestDatabase()
        let room = try await endedRoom(database, messages: 2_500)
        #expect(try await count("messages", of: room, in: database) == 2_500, "the end of a room touches none of them")
        let remains = remains(database)
        #expect(try await remains.takeOutSome(1_000))
        #expect(try await count("messages", of: room, in: database) == 1_500)
        while try await remains.takeOutSome(1_000) {}
        for table in try await tables(database) {
            try #require(table.allSatisfy { $0.isLowercase || $0 == "_" })
            #expect(try await count(SQL(stringLiteral: table), of: room, in: database) == 0, "\(table)")
        }
    }

    @Test func `while a batch is under way other rooms are spoken in, and no second replica is at it`() async throws {
        let database = try await TestDatabase()
        let gone = try await endedRoom(database, messages: 2_000)
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        let log = database.log(lanes: 1)
        try await database.client.transaction { transaction in
            try await transaction.query("SELECT take_out_room_remains(1000)")
            // The batch holds all its locks until this closure returns.
            for seq in 1...20 {
                let receipt = try await log.append(Sample.draft(in: room.id, by: room.ownerID))
                #expect(receipt.seq == Int64(seq))
            }
            #expect(try await database.members.join(Sample.user(), room.id)?.isMade == true)
            let other = try await endedRoom(database, messages: 1)
            #expect(try await remains(database).takeOutSome() == false, "one replica at a time")
            #expect(try await count("messages", of: other, in: database) == 1)
        }
        while try await remains(database).takeOutSome() {}
        #expect(try await count("messages", of: gone, in: database) == 0)
    }

    @Test func `a batch that ends half way is done by the next replica`() async throws {
        struct Killed: Error {}
        let database = try await TestDatabase()
        let room = try await endedRoom(database, messages: 1_500)
        await #expect(throws: Killed.self) {
            try await database.client.transaction { transaction in
                try await transaction.query("SELECT take_out_room_remains(1000)")
                throw Killed()
            }
        }
        #expect(try await count("messages", of: room, in: database) == 1_500)
        while try await remains(database).takeOutSome(1_000) {}
        #expect(try await count("messages", of: room, in: database) == 0)
    }

    @Test func `a room whose remains cannot be taken out stops no other`() async throws {
        let database = try await TestDatabase()
        let bad = try await endedRoom(database, messages: 10)
        let good = try await endedRoom(database, messages: 10)
        try await database.client.query(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$")
        try await database.client.query(
            SQL(
                raw: """
                    CREATE TRIGGER refuse BEFORE DELETE ON messages FOR EACH ROW WHEN (OLD.room_id = '\(bad)')
                    EXECUTE FUNCTION refuse()
                    """))
        for _ in 0..<3 { try await remains(database).takeOutSome() }
        #expect(try await count("messages", of: good, in: database) == 0)
        #expect(try await count("messages", of: bad, in: database) == 10)
        #expect(try await count("room_remains", of: bad, in: database) == 1)
    }

    @Test func `a program older than the remains leaves its note too`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        try await database.client.query("DELETE FROM rooms WHERE id = \(room.id.uuid)")
        #expect(try await count("room_remains", of: room.id, in: database) == 1)
        while try await remains(database).takeOutSome() {}
        #expect(try await count("members", of: room.id, in: database) == 0)
    }
}
