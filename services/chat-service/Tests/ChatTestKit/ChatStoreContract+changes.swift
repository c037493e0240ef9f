import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    static let changePromises: [ChatStoreContract] = [
        ChatStoreContract(
            description: "edits and deletions are numbered without holes, whatever is refused between"
        ) {
            rooms, members, log in
            let (room, other, stranger) = (try Sample.room(), Sample.user(), Sample.user())
            _ = try await rooms.insert(room)
            _ = try await members.join(other, room.id)
            let own = try await log.append(Sample.draft(in: room.id, by: room.ownerID)).messageID
            let theirs = try await log.append(Sample.draft(in: room.id, by: other, body: "first")).messageID
            let text = try MessageText("edited")
            func change(
                _ id: MessageID, to body: MessageText?, as user: UserID, if rule: MessageRule = .editing
            ) async throws -> MessageChangeOutcome {
                try await log.change(id, in: room.id, to: body, as: user, if: rule)
            }
            guard case .made(let edit) = try await change(theirs, to: text, as: other) else {
                throw Broken(description: "a sender edits")
            }
            try expect(
                edit.change == 2 && edit.message.seq == 2 && edit.message.body == text, "the first follows the joining")
            try expect(edit.message.editedAt != nil && edit.message.deletedAt == nil, "and says when")
            try expect(try await change(theirs, to: text, as: other) == .unchanged(edit.message), "the same is none")
            try expect(try await change(own, to: text, as: other) == .refused, "not another's")
            try expect(try await change(theirs, to: text, as: room.ownerID) == .refused, "not even for the owner")
            try expect(try await change(theirs, to: text, as: stranger) == .notAMember, "a stranger does not")
            try expect(try await change(MessageID(UUID()), to: text, as: other) == .noSuchMessage, "no such message")
            let elsewhere = try await log.change(theirs, in: RoomID(UUID()), to: text, as: other, if: .editing)
            try expect(elsewhere == .hidden, "no such room")
            let rule = MessageRule.deleting(as: Sample.viewer(room.ownerID))
            try expect(
                try await change(own, to: nil, as: other, if: rule) == .refused, "a member deletes their own only")
            guard case .made(let deletion) = try await change(theirs, to: nil, as: room.ownerID, if: rule) else {
                throw Broken(description: "the owner deletes")
            }
            try expect(deletion.change == 3 && deletion.message.deletedAt != nil, "the next is 3")
            try expect(deletion.message.body.description.isEmpty, "nothing is left of it")
            try expect(try await change(theirs, to: nil, as: other, if: rule) == .deleted, "twice is once")
            try expect(try await change(theirs, to: text, as: other) == .deleted, "a tombstone stays one")
            try expect(
                try await rooms.access(to: room.id, for: other)?.room.position == RoomPosition(seq: 2, change: 3),
                "the room knows how far it has come")
            let progress = try await rooms.progress(of: [room.id])[room.id]
            try expect(progress?.position == RoomPosition(seq: 2, change: 3), "and tells those who compare")
        },
        ChatStoreContract(description: "what was changed is read in the order of the changes, as it is now") {
            rooms, _, log in
            let room = try Sample.room()
            _ = try await rooms.insert(room)
            var ids: [MessageID] = []
            for _ in 1...3 { ids.append(try await log.append(Sample.draft(in: room.id, by: room.ownerID)).messageID) }
            for (id, text) in [(ids[2], "a"), (ids[0], "b"), (ids[2], "c")] {
                _ = try await log.change(id, in: room.id, to: MessageText(text), as: room.ownerID, if: .editing)
            }
            func read(after change: Int64, _ limit: Int = 9) async throws -> [String] {
                try await log.changes(in: room.id, after: change, limit: limit).map {
                    guard case .message(let changed) = $0 else { throw Broken(description: "a message") }
                    return "\($0.change) \(changed.message.seq) \(changed.message.body)"
                }
            }
            try expect(try await read(after: 0) == ["1 3 c", "2 1 b", "3 3 c"], "all of them")
            try expect(try await read(after: 1, 1) == ["2 1 b"], "a page")
            try expect(try await read(after: 3).isEmpty, "nothing after the last")
            let history = try await log.messages(in: room.id, .after(0, before: nil), limit: 9)
            try expect(history.map(\.body.description) == ["b", "hello", "c"], "history tells the newest")
        },
        ChatStoreContract(
            description: "who looks after the platform deletes in rooms they are not in, and nobody else there"
        ) {
            rooms, _, log in
            let (room, stranger) = (try Sample.room(kind: .private), Sample.user())
            _ = try await rooms.insert(room)
            let said = try await log.append(Sample.draft(in: room.id, by: room.ownerID)).messageID
            let member = MessageRule.deleting(as: Sample.viewer(stranger))
            let hidden = try await log.change(said, in: room.id, to: nil, as: stranger, if: member)
            try expect(hidden == .hidden, "a private room is not there")
            let moderator = Viewer(id: stranger, roles: [Role.moderator.rawValue], expiresAt: .distantFuture)
            let outcome = try await log.change(said, in: room.id, to: nil, as: stranger, if: .deleting(as: moderator))
            guard case .made = outcome else { throw Broken(description: "a moderator of the platform deletes") }
        },
    ]
}
