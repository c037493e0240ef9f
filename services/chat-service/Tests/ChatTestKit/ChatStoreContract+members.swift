import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    static let memberPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "members are counted, listed in order, and added once") { rooms, members, _ in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            var users = [room.ownerID]
            for _ in 0..<4 {
                let user = Sample.user()
                let added = try await members.join(user, room.id)
                try expect(added?.isMade == true && added?.member?.role == .member, "added")
                let again = try await members.join(user, room.id, as: .moderator)
                try expect(again?.isMade == false && again?.member == added?.member, "left as it was")
                try expect(again?.standing.user == .member, "what was found is told")
                users.append(user)
            }
            var (found, page) = ([UserID](), PageRequest(limit: 2))
            repeat {
                guard let (_, next) = try await members.members(of: room.id, page, for: Sample.viewer()) else {
                    throw Broken(description: "a room")
                }
                found += next.items.map(\.userID)
                page.after = next.next
            } while page.after != nil
            try expect(Set(found) == Set(users) && found.count == 5, "every member once")
            try expect(try await rooms.access(to: room.id, for: users[1])?.room.memberCount == 5, "counted")
            try expect(try await members.leave(users[1], room.id)?.isMade == true, "removed")
            try expect(try await members.leave(users[1], room.id)?.isMade == false, "removed once")
            try expect(try await rooms.access(to: room.id, for: users[1])?.room.memberCount == 4, "counted down")
            let pairs = users.map { RoomMembership(roomID: room.id, userID: $0) }
            try expect(try await members.departed(among: pairs) == [pairs[1]], "who is gone is known")
        },
        ChatStoreContract(description: "a membership changes only where the rule allows what is found") {
            rooms, members, _ in
            let (room, user, stranger) = (try Sample.room(kind: .private), Sample.user(), Sample.user())
            _ = try await rooms.insert(room)
            func put(_ role: RoomRole?, by caller: UserID, _ rule: @escaping (Standing) -> Bool) async throws
                -> MembershipChange?
            {
                try await members.change(
                    user, in: room.id, to: role, as: caller, at: Sample.moment(), if: MembershipRule(rule))
            }
            let refused = try await put(.member, by: stranger) { $0.caller == .owner }
            try expect(
                refused
                    == MembershipChange(
                        standing: Standing(kind: .private, caller: nil, user: nil), member: nil, number: nil),
                "refused for what the caller is")
            let made = try await put(.member, by: room.ownerID) {
                $0 == Standing(kind: .private, caller: .owner, user: nil)
            }
            try expect(made?.isMade == true && made?.member?.role == .member, "made for what was found")
            let raised = try await put(.moderator, by: room.ownerID) { $0.user == .member }
            try expect(raised?.member?.role == .moderator && raised?.standing.user == .member, "another role")
            try expect(raised?.member?.joinedAt == made?.member?.joinedAt, "in the room since then")
            let own = try await put(nil, by: user) { $0.caller == .moderator && $0.user == .moderator }
            try expect(own?.isMade == true && own?.member == nil, "out")
            try expect(try await rooms.access(to: room.id, for: user)?.room.memberCount == 1, "counted")
        },
        ChatStoreContract(description: "members are listed for those who may know of the room, as it is at that moment")
        {
            rooms, members, _ in
            let (open, closed) = (try Sample.room(), try Sample.room(kind: .private))
            let (guest, stranger) = (Sample.user(), Sample.viewer())
            for room in [open, closed] {
                _ = try await rooms.insert(room)
                _ = try await members.join(guest, room.id)
            }
            func seen(_ room: Room, by viewer: Viewer) async throws -> (RoomRole?, Int)? {
                try await members.members(of: room.id, PageRequest(), for: viewer).map {
                    ($0.standing.caller, $0.page.items.count)
                }
            }
            try expect(try await seen(open, by: stranger).map { $0 == (nil, 2) } == true, "of an open room all")
            try expect(try await seen(closed, by: stranger).map { $0 == (nil, 0) } == true, "of a closed one none")
            try expect(
                try await seen(closed, by: Sample.viewer(guest)).map { $0 == (.member, 2) } == true,
                "a member sees them")
            let nowhere = try await members.members(of: RoomID(UUID()), PageRequest(), for: stranger)
            try expect(nowhere == nil, "no room, no list")
        },
        ChatStoreContract(description: "every departure is counted, and nothing else") { rooms, members, _ in
            let (room, user) = (try Sample.room(), Sample.user())
            _ = try await rooms.insert(room)
            func departures() async throws -> Int64? {
                let progress = try await rooms.progress(of: [room.id])
                return progress[room.id]?.departures
            }
            _ = try await members.join(user, room.id)
            _ = try await members.join(user, room.id, as: .moderator)
            try expect(try await departures() == 0, "nobody left")
            _ = try await members.leave(user, room.id)
            try expect(try await departures() == 1, "somebody left")
            _ = try await members.leave(user, room.id)
            try expect(try await departures() == 1, "nobody else did")
        },
    ]
}
