public import ChatDomain
public import DomainKit
import Foundation

/// What the three stores must do together, run on the fake and on PostgreSQL.
public struct ChatStoreContract: Sendable, CustomStringConvertible {
    public typealias Stores = RoomStore & MemberStore & MessageLog

    /// What was promised and not kept.
    public struct Broken: Error, CustomStringConvertible {
        public let description: String

        public init(description: String) {
            self.description = description
        }
    }

    public let description: String
    private let body: @Sendable (any RoomStore, any MemberStore, any MessageLog) async throws -> Void

    public func check(_ rooms: any RoomStore, _ members: any MemberStore, _ log: any MessageLog) async throws {
        try await body(rooms, members, log)
    }

    public static let all: [ChatStoreContract] = roomPromises + memberPromises + logPromises

    static func expect(_ holds: Bool, _ promise: String) throws {
        if !holds { throw Broken(description: promise) }
    }

    /// The code of what `body` fails with.
    static func failure(_ body: () async throws -> Void) async throws -> String {
        do {
            try await body()
        } catch let failure as Failure {
            return failure.code
        }
        throw Broken(description: "something that should have failed did not")
    }
}

extension ChatStoreContract {
    private static let roomPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "a room is read as it was stored, with its owner as first member") {
            rooms, members, _ in
            let room = try Sample.room("お茶の間", kind: .private)
            _ = try await rooms.insert(room)
            let access = try await rooms.access(to: room.id, for: room.ownerID)
            try expect(
                access == RoomAccess(room: room, role: .owner),
                "owner sees \(room), found \(String(describing: access))")
            try expect(try await rooms.access(to: room.id, for: Sample.user())?.role == nil, "strangers have no role")
            try expect(try await members.members(of: room.id, PageRequest()).items.map(\.role) == [.owner], "one owner")
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
            guard case .done(let changed) = try await rooms.update(room.id, name: name, kind: nil, over: 1) else {
                throw Broken(description: "changed")
            }
            try expect(changed.name == name && changed.kind == .public && changed.version == 2, "what was asked for")
            try expect(
                try await rooms.update(room.id, name: nil, kind: .private, over: 1) == .stale, "not over the old one")
            try expect(
                try await rooms.update(RoomID(UUID()), name: name, kind: nil, over: 1) == .gone,
                "none that is not there")
            guard case .stale = try await rooms.delete(room.id, over: 1) else {
                throw Broken(description: "no end over the old one")
            }
        },
        ChatStoreContract(description: "a room is opened once under one id") { rooms, members, _ in
            let room = try Sample.room()
            try expect(try await rooms.insert(room) == room, "opened")
            let again = Room(
                id: room.id, name: try RoomName("Other"), kind: .private, ownerID: room.ownerID,
                createdAt: Sample.moment())
            try expect(try await rooms.insert(again) == room, "the first result again")
            try expect(try await members.members(of: room.id, PageRequest()).items.count == 1, "one owner")
            _ = try await rooms.delete(room.id, over: 1)
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
                try await rooms.lastSeqs(of: [room.id, RoomID(UUID())]) == [room.id: 1], "the log's end is known")
            guard case .done = try await rooms.delete(room.id, over: 1) else { throw Broken(description: "deleted") }
            guard case .gone = try await rooms.delete(room.id, over: 1) else { throw Broken(description: "once") }
            try expect(try await rooms.access(to: room.id, for: room.ownerID) == nil, "the owner finds it no more")
            let code = try await failure { _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
            try expect(code == "chat.room-not-found", "nothing is said in it")
            try expect(try await members.join(Sample.user(), room.id) == nil, "nobody joins it")
            try expect(try await rooms.lastSeqs(of: [room.id]).isEmpty, "it has no log any more")
        },
    ]

    private static let memberPromises: [ChatStoreContract] = [
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
                let next = try await members.members(of: room.id, page)
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
                        standing: Standing(kind: .private, caller: nil, user: nil), member: nil, isMade: false),
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
    ]

    private static let logPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "seq counts from 1 without holes, whatever is refused between") {
            rooms, _, log in
            let (open, closed) = (try Sample.room(), try Sample.room(kind: .private))
            _ = try await rooms.insert(open)
            _ = try await rooms.insert(closed)
            let first = try await log.append(Sample.draft(in: open.id, by: open.ownerID))
            try expect(first.seq == 1 && !first.isRepeat, "the first is 1")
            let refusals = [
                (open.id, Sample.user(), nil, "chat.not-a-member"),
                (closed.id, open.ownerID, nil, "chat.room-not-found"),
                (RoomID(UUID()), open.ownerID, nil, "chat.room-not-found"),
                (open.id, open.ownerID, MessageID(UUID()), "chat.reply-target-not-found"),
                (closed.id, closed.ownerID, first.messageID, "chat.reply-target-not-found"),
            ]
            for (room, user, replyTo, expected) in refusals {
                let code = try await failure {
                    _ = try await log.append(Sample.draft(in: room, by: user, replyTo: replyTo))
                }
                try expect(code == expected, "\(expected), was \(code)")
            }
            let reply = try Sample.draft(
                in: open.id, by: open.ownerID, body: "e\u{301}\"\\\n😀", replyTo: first.messageID)
            let second = try await log.append(reply)
            try expect(second.seq == 2, "the next is 2")
            let stored = try await log.messages(in: open.id, .after(1, before: nil), limit: 9)
            try expect(stored == [Message(reply, second)], "read as it was said")
        },
        ChatStoreContract(description: "a repeated client_id gets the first receipt") { rooms, members, log in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            let first = try await log.append(Sample.draft(in: room.id, by: room.ownerID, clientID: "a"))
            let again = try await log.append(Sample.draft(in: room.id, by: room.ownerID, clientID: "a", body: "other"))
            try expect(again.isRepeat && again.messageID == first.messageID && again.seq == 1, "the same message")
            try expect(again.sentAt == first.sentAt, "at the same time")
            let other = Sample.user()
            _ = try await members.join(other, room.id)
            let theirs = try await log.append(Sample.draft(in: room.id, by: other, clientID: "a"))
            try expect(theirs.seq == 2 && !theirs.isRepeat, "another sender's is another message")
        },
        ChatStoreContract(description: "history is read from both ends") { rooms, _, log in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            for _ in 1...7 { _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
            func seqs(_ range: HistoryRange, _ limit: Int) async throws -> [Int64] {
                try await log.messages(in: room.id, range, limit: limit).map(\.seq)
            }
            try expect(try await seqs(.after(0, before: nil), 3) == [1, 2, 3], "the oldest")
            try expect(try await seqs(.after(3, before: 6), 9) == [4, 5], "between")
            try expect(try await seqs(.after(7, before: nil), 9).isEmpty, "nothing after the last")
            try expect(try await seqs(.before(nil), 2) == [6, 7], "the newest")
            try expect(try await seqs(.before(3), 9) == [1, 2], "before")
        },
    ]
}

extension MemberStore {
    /// As somebody who finds the room open.
    public func join(
        _ user: UserID, _ room: RoomID, as role: RoomRole = .member
    ) async throws(Failure) -> MembershipChange? {
        try await change(
            user, in: room, to: role, as: user, at: Sample.moment(), if: MembershipRule { $0.user == nil })
    }

    public func leave(_ user: UserID, _ room: RoomID) async throws(Failure) -> MembershipChange? {
        try await change(user, in: room, to: nil, as: user, at: Sample.moment(), if: MembershipRule { $0.user != nil })
    }
}
