import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    private static let moderating = MembershipRule { $0.caller.map { $0 >= .moderator } ?? false }
    private static let entering = MembershipRule { $0.user == nil && !$0.isBanned }

    static let banPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "a ban takes the user out, keeps them out, and is one change of the room") {
            rooms, members, log in
            let (room, user) = (try Sample.room(), Sample.user())
            _ = try await rooms.insert(room)
            _ = try await members.join(user, room.id)
            let reason = try BanReason("shouting")
            func ban(_ reason: BanReason, as caller: UserID) async throws -> BanChange? {
                try await members.ban(user, from: room.id, for: reason, until: nil, as: caller, if: moderating)
            }
            try expect(try await ban(reason, as: user)?.outcome == .refused, "not by others")
            try expect(try await rooms.access(to: room.id, for: user)?.role == .member, "and then nothing is done")
            let made = try await ban(reason, as: room.ownerID)
            try expect(made?.outcome == .made(2) && made?.ban?.reason == reason, "made")
            try expect(made?.standing.user == .member && made?.standing.isBanned == false, "over what was found")
            try expect(try await ban(reason, as: room.ownerID)?.outcome == .unchanged, "the same is none")
            let other = try await ban(try BanReason("swearing"), as: room.ownerID)
            try expect(other?.outcome == .made(3) && other?.standing.isBanned == true, "another reason is a change")
            let found = try await rooms.access(to: room.id, for: user)
            try expect(found?.role == nil && found?.room.memberCount == 1, "out and counted")
            let departures = try await rooms.progress(of: [room.id])[room.id]?.departures
            try expect(departures == 1, "one departure, however often they are banned")
            let back = try await members.change(
                user, in: room.id, to: .member, as: user, at: Sample.moment(), if: entering)
            try expect(back?.isMade == false && back?.standing.isBanned == true && back?.member == nil, "not let in")
            try expect(
                try await members.ban(
                    user, from: RoomID(UUID()), for: reason, until: nil, as: user, if: moderating) == nil,
                "no room, no ban")
            let lifted = try await members.liftBan(of: user, from: room.id, as: room.ownerID, if: moderating)
            try expect(lifted?.outcome == .made(4), "lifted")
            let again = try await members.change(
                user, in: room.id, to: .member, as: user, at: Sample.moment(), if: entering)
            try expect(again?.number == 5, "let in")
            let events = try await log.changes(in: room.id, after: 1, limit: 9).map { entry -> RoomNotice.Event? in
                if case .room(let notice) = entry { notice.event } else { nil }
            }
            try expect(
                events == [
                    .memberBanned(user, until: nil, by: room.ownerID),
                    .memberBanned(user, until: nil, by: room.ownerID),
                    .banLifted(user, by: room.ownerID), .memberJoined(user, .member, by: nil),
                ], "all in order: \(events)")
        },
        ChatStoreContract(description: "bans are listed for those who look after the room, one time each") {
            rooms, members, _ in
            let (room, moderator) = (try Sample.room(kind: .private), Sample.user())
            _ = try await rooms.insert(room)
            _ = try await members.join(moderator, room.id, as: .moderator)
            let users = (0..<5).map { _ in Sample.user() }.sorted()
            for user in users {
                _ = try await members.ban(
                    user, from: room.id, for: BanReason("x"), until: nil, as: moderator, if: moderating)
            }
            var (found, page) = ([UserID](), PageRequest(limit: 2))
            repeat {
                guard let next = try await members.bans(of: room.id, page, for: Sample.viewer(moderator)) else {
                    throw Broken(description: "a room")
                }
                found += next.page.items.map(\.userID)
                page.after = next.page.next
            } while page.after != nil
            try expect(found == users, "each once, in order")
            for viewer in [users[0], Sample.user()] {
                let seen = try await members.bans(of: room.id, PageRequest(), for: Sample.viewer(viewer))
                try expect(seen?.page.items.isEmpty == true && seen?.standing.caller == nil, "not to others")
            }
            try expect(
                try await members.bans(of: RoomID(UUID()), PageRequest(), for: Sample.viewer()) == nil, "no room")
            let code = try await failure {
                _ = try await members.bans(
                    of: room.id, PageRequest(after: Cursor(["x"])), for: Sample.viewer(moderator))
            }
            try expect(code == "platform.invalid-input", "a foreign cursor is refused")
        },
        ChatStoreContract(description: "a ban ends by itself, and none ends before it begins") { rooms, members, _ in
            let (room, user) = (try Sample.room(), Sample.user())
            _ = try await rooms.insert(room)
            func ban(for seconds: TimeInterval) async throws -> BanChange? {
                try await members.ban(
                    user, from: room.id, for: BanReason("x"), until: Date(timeIntervalSinceNow: seconds),
                    as: room.ownerID, if: moderating)
            }
            try expect(try await ban(for: -1)?.outcome == .over, "not in the past")
            try expect(try await ban(for: 3_600)?.ban?.until != nil, "made")
            func isIn() async throws -> Bool {
                let change = try await members.change(
                    user, in: room.id, to: .member, as: user, at: Sample.moment(), if: entering)
                return change?.isMade == true
            }
            try expect(try await !isIn(), "kept out")
            try expect(try await ban(for: 0.3)?.standing.isBanned == true, "with an earlier end")
            let end = Date(timeIntervalSinceNow: 20)
            while try await !isIn() { try expect(Date() < end, "let in when it has ended") }
            let lifted = try await members.liftBan(
                of: user, from: room.id, as: room.ownerID, if: MembershipRule { $0.isBanned })
            try expect(lifted?.outcome == .refused && lifted?.standing.isBanned == false, "there is none any more")
        },
    ]
}
