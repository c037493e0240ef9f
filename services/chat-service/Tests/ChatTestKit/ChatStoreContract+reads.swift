import ChatDomain
import DomainKit
import Foundation

extension ChatStoreContract {
    private static func marks(
        of room: Room, _ store: any ReadMarkStore, _ viewer: UserID, isOwn: Bool = false,
        _ page: PageRequest = PageRequest()
    ) async throws -> Page<ReadMark>? {
        let found = try await store.marks(of: room.id, isOwn: isOwn, page, for: Sample.viewer(viewer))
        return found?.page
    }

    static let readPromises: [ChatStoreContract] = [
        ChatStoreContract(description: "a mark goes on and never back, whoever comes first, and not beyond the end") {
            rooms, members, log in
            let (room, reader, stranger) = (try Sample.room(), Sample.user(), Sample.user())
            _ = try await rooms.insert(room)
            _ = try await members.join(reader, room.id)
            for _ in 0..<20 { _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for seq in (1...20 as ClosedRange<Int64>).shuffled() {
                    group.addTask { _ = try await members.mark(reader, in: room.id, readUpTo: seq) }
                }
                try await group.waitForAll()
            }
            guard case .unchanged(let mark)? = try await members.mark(reader, in: room.id, readUpTo: 3)?.outcome else {
                throw Broken(description: "not back")
            }
            try expect(mark.seq == 20 && mark.userID == reader && mark.roomID == room.id, "the farthest stays")
            for seq in [21, .max] as [Int64] {
                try expect(try await members.mark(reader, in: room.id, readUpTo: seq)?.outcome == .beyond, "not beyond")
            }
            let refused = try await members.mark(stranger, in: room.id, readUpTo: 1)
            try expect(refused?.outcome == .refused && refused?.standing.caller == nil, "members read")
            try expect(try await members.mark(reader, in: RoomID(UUID()), readUpTo: 0) == nil, "no room")
            let own = try await members.mark(room.ownerID, in: room.id, readUpTo: 5)
            guard case .made(let first)? = own?.outcome else { throw Broken(description: "moved on") }
            try expect(first.seq == 5 && own?.members == 2, "told how many may hear of it")
            let all = [first, mark].sorted { $0.userID < $1.userID }
            let page = try await marks(of: room, members, reader, PageRequest(limit: 1))
            try expect(page?.items == [all[0]], "the first")
            try expect(
                try await marks(of: room, members, reader, PageRequest(limit: 1, after: page?.next))?.items == [all[1]],
                "and the other")
            try expect(try await marks(of: room, members, reader, isOwn: true)?.items == [mark], "one's own")
            try expect(try await marks(of: room, members, stranger)?.items == [], "not to strangers")
            _ = try await members.leave(reader, room.id)
            try expect(try await marks(of: room, members, room.ownerID)?.items == [first], "of members alone")
        },
        ChatStoreContract(description: "unread is what others have said since one came in and behind one's mark") {
            rooms, members, log in
            let (room, quiet, reader) = (try Sample.room(), try Sample.room(), Sample.user())
            for each in [room, quiet] { _ = try await rooms.insert(each) }
            for _ in 0..<3 { _ = try await log.append(Sample.draft(in: room.id, by: room.ownerID)) }
            for each in [room, quiet] { _ = try await members.join(reader, each.id) }
            func unread() async throws -> [Int] {
                let found = try await members.unread(of: reader)
                try expect(found.map(\.roomID) == [room.id, quiet.id].sorted(), "every room, in order")
                let own = found.first { $0.roomID == room.id }
                return [
                    own?.messages ?? -1, own?.mentions ?? -1, found.first { $0.roomID == quiet.id }?.messages ?? -1,
                ]
            }
            try expect(try await unread() == [0, 0, 0], "nothing of what was said before")
            var said: [MessageID] = []
            for body in ["one", "two @\(reader)", "@\(reader)!", "@\(Sample.user())", "x"] {
                said.append(try await log.append(Sample.draft(in: room.id, by: room.ownerID, body: body)).messageID)
            }
            _ = try await log.append(Sample.draft(in: room.id, by: reader, body: "@\(reader)"))
            try expect(try await unread() == [5, 2, 0], "what others said, and what names the reader")
            _ = try await log.change(said[4], in: room.id, to: nil, as: room.ownerID, if: .editing)
            try expect(try await unread() == [4, 2, 0], "not what was taken back")
            _ = try await members.mark(reader, in: room.id, readUpTo: 5)
            try expect(try await unread() == [2, 1, 0], "behind the mark")
            _ = try await members.mark(reader, in: room.id, readUpTo: 9)
            try expect(try await unread() == [0, 0, 0], "nothing behind the last")
            _ = try await members.leave(reader, quiet.id)
            try expect(try await members.unread(of: reader).map(\.roomID) == [room.id], "of rooms one is in")
        },
    ]
}
