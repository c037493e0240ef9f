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
        #expect(try await database.rooms.update(made[1].id, name: RoomName("x"), kind: nil, over: 1) == .gone)
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
            let next = try await database.members.members(of: room.id, page)
            found.formUnion(next.items.map(\.userID))
            page.after = next.next
        } while page.after != nil
        #expect(found == [room.ownerID, users[0], users[3]])
        #expect(try await database.rooms.access(to: room.id, for: users[1])?.role == nil)
        #expect(try await database.members.leave(users[1], room.id) == nil)
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
