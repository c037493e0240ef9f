import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    static let noticePromises: [ChatStoreContract] = [
        ChatStoreContract(description: "members, settings and what was said have one order of changes without holes") {
            rooms, members, log in
            let (room, user) = (try Sample.room(), Sample.user())
            _ = try await rooms.insert(room)
            let said = try await log.append(Sample.draft(in: room.id, by: room.ownerID)).messageID
            let joined = try await members.join(user, room.id)
            _ = try await log.change(said, in: room.id, to: MessageText("two"), as: room.ownerID, if: .editing)
            _ = try await members.join(user, room.id)
            guard
                case .done(let changed) = try await rooms.update(
                    room.id, name: RoomName("Hall"), kind: nil, if: room.seen)
            else { throw Broken(description: "settings change") }
            _ = try await members.change(
                user, in: room.id, to: .moderator, as: room.ownerID, at: Sample.moment(),
                if: MembershipRule { $0.user == .member })
            let left = try await members.leave(user, room.id)
            try expect(joined?.number == 1 && changed.lastChange == 3 && left?.number == 5, "each has its number")
            let entries = try await log.changes(in: room.id, after: 0, limit: 9)
            try expect(entries.map(\.change) == [1, 2, 3, 4, 5], "without holes: \(entries)")
            let events = entries.map { entry -> RoomNotice.Event? in
                if case .room(let notice) = entry { notice.event } else { nil }
            }
            try expect(
                events == [
                    .memberJoined(user, .member, by: nil), nil, .settingsChanged(changed.settings),
                    .roleChanged(user, .moderator, by: room.ownerID), .memberLeft(user),
                ], "each says what happened: \(events)")
            try expect(try await log.changes(in: room.id, after: 3, limit: 1).map(\.change) == [4], "a page")
            let position = try await rooms.progress(of: [room.id])[room.id]?.position
            try expect(position == RoomPosition(seq: 1, change: 5), "and those who compare are told")
        },
        ChatStoreContract(description: "a room that is handed over has one owner, whoever asks at the same time") {
            rooms, members, log in
            let (room, heirs) = (try Sample.room(), (0..<4).map { _ in Sample.user() })
            _ = try await rooms.insert(room)
            for heir in heirs { _ = try await members.join(heir, room.id) }
            let rule = MembershipRule { $0.caller == .owner && $0.user != nil && $0.user != .owner }
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for heir in heirs {
                    group.addTask {
                        try await members.change(
                            heir, in: room.id, to: .owner, as: room.ownerID, at: Sample.moment(), if: rule)?.isMade
                            == true
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expect(made.count { $0 } == 1, "handed over once")
            let all =
                try await members.members(of: room.id, PageRequest(), for: Sample.viewer(heirs[0]))?.page.items ?? []
            let owners = all.filter { $0.role == .owner }.map(\.userID)
            let found = try await rooms.access(to: room.id, for: room.ownerID)
            try expect(owners.count == 1 && found?.room.ownerID == owners[0], "to one, who is shown")
            try expect(found?.role == .moderator && found?.room.version == 2, "the former one looks after it")
            guard case .room(let notice) = try await log.changes(in: room.id, after: 4, limit: 9).first else {
                throw Broken(description: "a change")
            }
            try expect(notice == RoomNotice(.ownerChanged(owners[0], by: room.ownerID), in: room.id, change: 5), "told")
            try expect(found?.room.lastChange == 5, "as one change")
        },
    ]
}
