import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    static let roomPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "of an owner's rooms there are so many and no more, whoever comes first") {
            rooms, _, _ in
            let owner = Sample.user()
            let first = try Sample.room(owner: owner)
            try expect(try await rooms.insert(first, ifFewerThan: 0) == .full(owned: 0), "none where none may be")
            try expect(try await rooms.insert(first, ifFewerThan: 2) == .stored(first), "the first")
            let outcomes = try await withThrowingTaskGroup(of: RoomInsertion.self) { group in
                for _ in 0..<20 {
                    let room = try Sample.room(owner: owner)
                    group.addTask { try await rooms.insert(room, ifFewerThan: 2) }
                }
                return try await group.reduce(into: [RoomInsertion]()) { $0.append($1) }
            }
            try expect(outcomes.count { $0 == .full(owned: 2) } == 19, "one of twenty gets the last place")
            try expect(try await rooms.insert(first, ifFewerThan: 2) == .stored(first), "a repeat is no further room")
            try expect(
                try await rooms.insert(Sample.room(), ifFewerThan: 1) != .full(owned: 1), "others have their own")
            _ = try await rooms.delete(first.id, if: first.seen)
            try expect(try await rooms.insert(first, ifFewerThan: 2) == .ended, "what has ended stays ended")
            let next = try Sample.room(owner: owner)
            try expect(try await rooms.insert(next, ifFewerThan: 2) == .stored(next), "and leaves its place")
        },
        ChatStoreContract(description: "a room is read as it was stored, with its owner as first member") {
            rooms, members, _ in
            let room = try Sample.room("お茶の間", kind: .private)
            _ = try await rooms.insert(room)
            let access = try await rooms.access(to: room.id, for: room.ownerID)
            try expect(
                access == RoomAccess(room: room, role: .owner),
                "owner sees \(room), found \(String(describing: access))")
            try expect(try await rooms.access(to: room.id, for: Sample.user())?.role == nil, "strangers have no role")
            try expect(try await members.list(room).map(\.role) == [.owner], "one owner")
            try expect(try await rooms.access(to: RoomID(UUID()), for: room.ownerID) == nil, "no other room")
        },
        ChatStoreContract(description: "a list has public rooms and own ones, newest first, page by page") {
            rooms, members, _ in
            let (owner, guest, mark) = (Sample.user(), Sample.user(), UUID().uuidString)
            var made: [Room] = []
            for number in 0..<5 {
                let room = try Sample.room(
                    "\(mark) Room_\(number)%", kind: number == 2 ? .private : .public, owner: owner)
                _ = try await rooms.insert(room)
                made.append(room)
            }
            func ids(_ filter: RoomFilter, _ user: UserID, limit: Int = 2) async throws -> [RoomID] {
                var (found, page) = ([RoomID](), PageRequest(limit: limit))
                repeat {
                    let next = try await rooms.rooms(filter, for: Sample.viewer(user), page)
                    found += next.items.map(\.id)
                    page.after = next.next
                } while page.after != nil
                return found
            }
            let all = made.map(\.id)
            try expect(
                try await ids(RoomFilter(nameContains: mark.lowercased()), owner) == all.reversed(),
                "all of the owner's")
            try expect(
                try await ids(RoomFilter(nameContains: mark), guest) == all.filter { $0 != all[2] }.reversed(),
                "a stranger misses the private one")
            try expect(
                try await ids(RoomFilter(nameContains: "\(mark) room_3%"), owner) == [all[3]], "wildcards are letters")
            try expect(try await ids(RoomFilter(isMember: true), guest).isEmpty, "a stranger has none of their own")
            _ = try await members.join(guest, all[2])
            try expect(try await ids(RoomFilter(isMember: true), guest) == [all[2]], "a member has")
            let foreign = PageRequest(after: Cursor(["x", "y"]))
            let code = try await failure { _ = try await rooms.rooms(RoomFilter(), for: Sample.viewer(owner), foreign) }
            try expect(code == "platform.invalid-input", "a foreign cursor is refused")
        },
        ChatStoreContract(description: "settings change only over the version that was seen") { rooms, _, _ in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            let name = try RoomName("Hall")
            guard case .done(let changed) = try await rooms.update(room.id, name: name, kind: nil, if: room.seen) else {
                throw Broken(description: "changed")
            }
            try expect(changed.name == name && changed.kind == .public && changed.version == 2, "what was asked for")
            try expect(
                try await rooms.update(room.id, name: nil, kind: .private, if: room.seen) == .stale,
                "not over the old one")
            try expect(
                try await rooms.update(RoomID(UUID()), name: name, kind: nil, if: room.seen) == .gone,
                "none that is not there")
            guard case .stale = try await rooms.delete(room.id, if: room.seen) else {
                throw Broken(description: "no end over the old one")
            }
        },
        ChatStoreContract(description: "a room changes only for a caller who has the role at that moment") {
            rooms, members, _ in
            let (room, user) = (try Sample.room(), Sample.user())
            _ = try await rooms.insert(room)
            func condition(_ roles: [RoomRole]) -> RoomCondition {
                RoomCondition(version: 1, caller: user, roles: roles)
            }
            let name = try RoomName("Hall")
            for isMember in [false, true] {
                if isMember { _ = try await members.join(user, room.id) }
                let changed = try await rooms.update(
                    room.id, name: name, kind: nil, if: condition([.owner, .moderator]))
                try expect(changed == .stale, "not by others")
                guard case .stale = try await rooms.delete(room.id, if: condition([.owner])) else {
                    throw Broken(description: "not ended by others")
                }
            }
            guard case .done = try await rooms.update(room.id, name: name, kind: nil, if: condition([.member])) else {
                throw Broken(description: "changed by whoever may")
            }
        },
        ChatStoreContract(description: "a room is opened once under one id") { rooms, members, _ in
            let room = try Sample.room()
            try expect(try await rooms.insert(room) == room, "opened")
            let again = Room(
                id: room.id, name: try RoomName("Other"), kind: .private, ownerID: room.ownerID,
                createdAt: Sample.moment())
            try expect(try await rooms.insert(again) == room, "the first result again")
            try expect(try await members.list(room).count == 1, "one owner")
            _ = try await rooms.delete(room.id, if: room.seen)
            try expect(try await rooms.insert(again) == nil, "not what has ended")
        },
        ChatStoreContract(description: "names are found whatever their case and width") { rooms, _, _ in
            let (owner, mark) = (Sample.user(), UUID().uuidString)
            let room = try Sample.room("\(mark) ＬＯＢＢＹ ｶﾞｲﾄﾞ É", owner: owner)
            _ = try await rooms.insert(room)
            for text in ["lobby", "ＬＯＢby", "ガイド", "ｶﾞｲﾄﾞ", "é", "e\u{301}"] {
                let filter = RoomFilter(isMember: true, nameContains: text)
                try expect(
                    try await rooms.rooms(filter, for: Sample.viewer(owner), PageRequest()).items.map(\.id) == [
                        room.id
                    ], text)
            }
        },
        ChatStoreContract(description: "a room ends for everybody, once") { rooms, members, log in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID))
            try expect(
                try await rooms.progress(of: [room.id, RoomID(UUID())])
                    == [room.id: RoomProgress(position: RoomPosition(seq: 1, change: 0), departures: 0)],
                "the log's end is known")
            guard case .done = try await rooms.delete(room.id, if: room.seen) else {
                throw Broken(description: "deleted")
            }
            guard case .gone = try await rooms.delete(room.id, if: room.seen) else { throw Broken(description: "once") }
            try expect(try await rooms.access(to: room.id, for: room.ownerID) == nil, "the owner finds it no more")
            let code = try await failure { _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
            try expect(code == "chat.room-not-found", "nothing is said in it")
            try expect(try await members.join(Sample.user(), room.id) == nil, "nobody joins it")
            try expect(try await rooms.progress(of: [room.id]).isEmpty, "it has no log any more")
        },
    ]
}
