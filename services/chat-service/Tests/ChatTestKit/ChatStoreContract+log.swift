import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    static let logPromises: [ChatStoreContract] = [
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
        ChatStoreContract(description: "history is shown to who is a member at that moment, and to nobody else") {
            rooms, members, log in
            let (room, user) = (try Sample.room(), Sample.user())
            _ = try await rooms.insert(room)
            func seen(by user: UserID) async throws -> (RoomRole?, [Int64])? {
                try await log.messages(in: room.id, .after(1, before: nil), limit: 2, for: Sample.viewer(user)).map {
                    ($0.standing.caller, $0.messages.map(\.seq))
                }
            }
            try expect(try await seen(by: room.ownerID).map { $0 == (.owner, []) } == true, "nothing was said yet")
            for _ in 1...4 { _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
            try expect(try await seen(by: room.ownerID).map { $0 == (.owner, [2, 3]) } == true, "the owner sees it")
            try expect(try await seen(by: user).map { $0 == (nil, []) } == true, "a stranger does not")
            _ = try await members.join(user, room.id)
            try expect(try await seen(by: user).map { $0 == (.member, [2, 3]) } == true, "a member does")
            let nowhere = try await log.messages(
                in: RoomID(UUID()), .before(nil), limit: 1, for: Sample.viewer(user))
            try expect(nowhere == nil, "no room, no history")
        },
    ]
}
