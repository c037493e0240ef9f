import ChatDomain
import ChatTestKit
import DomainKit
import Foundation
import Postgres
import Testing

@testable import ChatStorage

/// Rows as an older or a newer program has left them.
@Suite struct StoredValueTests {
    @Test func `a kind of room that is not known yet costs that room and no list`() async throws {
        let database = try await TestDatabase()
        let owner = Sample.user()
        let made = try (0..<5).map { try Sample.room("\($0)", owner: owner) }
        for room in made { _ = try await database.rooms.insert(room) }
        try await database.client.query("ALTER TABLE rooms DROP CONSTRAINT rooms_kind_check")
        let later = [made[1].id.uuid, made[2].id.uuid]
        try await database.client.query("UPDATE rooms SET kind = 'stage' WHERE id = ANY (\(later))")
        var (found, page) = ([RoomID](), PageRequest(limit: 2))
        repeat {
            let next = try await database.rooms.rooms(RoomFilter(isMember: true), for: Sample.viewer(owner), page)
            found += next.items.map(\.id)
            page.after = next.next
        } while page.after != nil
        #expect(found == [made[4].id, made[3].id, made[0].id])
        #expect(try await database.rooms.access(to: made[1].id, for: owner) == nil)
        #expect(try await database.members.join(Sample.user(), made[1].id) == nil)
        #expect(try await database.rooms.update(made[1].id, name: RoomName("x"), kind: nil, if: made[1].seen) == .gone)
    }

    @Test func `a role that is not known yet costs that member and no list`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room(kind: .private)
        _ = try await database.rooms.insert(room)
        let users = (0..<4).map { _ in Sample.user() }
        for user in users { _ = try await database.members.join(user, room.id) }
        try await database.client.query("ALTER TABLE members DROP CONSTRAINT members_role_check")
        let later = [users[1].uuid, users[2].uuid]
        try await database.client.query("UPDATE members SET role = 'guest' WHERE user_id = ANY (\(later))")
        var (found, page) = (Set<UserID>(), PageRequest(limit: 2))
        repeat {
            let next = try #require(await database.members.members(of: room.id, page, for: Sample.viewer(room.ownerID)))
                .page
            found.formUnion(next.items.map(\.userID))
            page.after = next.next
        } while page.after != nil
        #expect(found == [room.ownerID, users[0], users[3]])
        #expect(try await database.rooms.access(to: room.id, for: users[1])?.role == nil)
        #expect(try await database.members.leave(users[1], room.id) == nil)
    }

    /// To go with the older form itself.
    @Test func `a page that a replica of the former version began is gone on with`() async throws {
        let database = try await TestDatabase()
        let owner = Sample.user()
        // Ids of version 7, as that version made them, of four seconds.
        let made = try (1_700_000_000..<1_700_000_004).map { second in
            let id = String(
                format: "%08x-%04x-7000-8000-000000000000", (second * 1_000) >> 16, (second * 1_000) & 0xffff)
            return Room(
                id: try #require(RoomID(id)), name: try RoomName("Lobby"), kind: .public, ownerID: owner,
                createdAt: Date(timeIntervalSince1970: Double(second)))
        }
        for room in made { _ = try await database.rooms.insert(room) }
        func after(_ cursor: Cursor) async throws -> [RoomID] {
            try await database.rooms.rooms(
                RoomFilter(isMember: true), for: Sample.viewer(owner), PageRequest(after: cursor)
            ).items.map(\.id)
        }
        let former = Cursor([made[2].id.description])
        #expect(try await after(former) == [made[1].id, made[0].id])
        _ = try await database.rooms.delete(made[2].id, if: made[2].seen)
        #expect(try await after(former) == [made[1].id, made[0].id], "the room it names is gone")
        await #expect(throws: Failure.self) { try await after(Cursor(["x"])) }
        await #expect(throws: Failure.self) { try await after(Cursor([])) }
    }

    @Test func `a name that today's rule would refuse is read as it was stored`() async throws {
        let database = try await TestDatabase()
        let room = try Sample.room()
        _ = try await database.rooms.insert(room)
        for name in ["", "\u{202E}x", String(repeating: "x", count: 5_000)] {
            try await database.client.query("UPDATE rooms SET name = \(name) WHERE id = \(room.id.uuid)")
            #expect(try await database.rooms.access(to: room.id, for: room.ownerID)?.room.name.description == name)
            #expect(
                try await database.rooms.rooms(RoomFilter(), for: Sample.viewer(room.ownerID), PageRequest()).items
                    .count == 1)
        }
    }
}
