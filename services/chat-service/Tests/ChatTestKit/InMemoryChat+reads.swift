public import ChatDomain
public import DomainKit
import Foundation

extension InMemoryChat: ReadMarkStore {
    public func mark(_ user: UserID, in room: RoomID, readUpTo seq: Int64) async throws(Failure) -> ReadMarking? {
        let now = clock.now.inMilliseconds
        return try with { state throws(Failure) -> ReadMarking? in
            guard let found = state.rooms[room] else { return nil }
            let standing = Standing(kind: found.kind, viewer: state.role(of: user, in: room))
            func ended(_ outcome: ReadMarking.Outcome) -> ReadMarking {
                ReadMarking(standing: standing, outcome: outcome, members: found.memberCount)
            }
            guard standing.caller != nil else { return ended(.refused) }
            guard seq <= found.lastSeq else { return ended(.beyond) }
            if let former = state.reads[room]?[user], former.seq >= seq { return ended(.unchanged(former)) }
            let mark = ReadMark(roomID: room, userID: user, seq: seq, at: now)
            state.reads[room, default: [:]][user] = mark
            return ended(.made(mark))
        }
    }

    public func marks(
        of room: RoomID, isOwn: Bool, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<ReadMark>)? {
        try with { state throws(Failure) in
            let last = page.after?.parts.first.flatMap { UserID($0) }
            if page.after != nil, last == nil { throw .invalidCursor }
            guard let kind = state.rooms[room]?.kind else { return nil }
            let role = state.role(of: viewer.id, in: room)
            let marks = (state.reads[room] ?? [:]).values.filter { mark in
                role != nil && state.role(of: mark.userID, in: room) != nil && last.map { mark.userID > $0 } ?? true
                    && (!isOwn || mark.userID == viewer.id)
            }.sorted { $0.userID < $1.userID }
            return (
                Standing(kind: kind, viewer: role),
                Page(marks, limit: page.limit) { Cursor([$0.userID.description]) }
            )
        }
    }

    public func unread(of user: UserID) async throws(Failure) -> [Unread] {
        try with { state throws(Failure) in
            let rooms = state.members.filter { $0.value.contains { $0.userID == user } }.keys.sorted()
            return rooms.prefix(Unread.mostRooms).map { room in
                let seen = max(state.joinedSeq[room]?[user] ?? 0, state.reads[room]?[user]?.seq ?? 0)
                let missed = (state.logs[room] ?? []).filter { $0.seq > seen }.prefix(Unread.mostMessages)
                    .filter { $0.senderID != user && $0.deletedAt == nil }
                return Unread(
                    roomID: room, messages: missed.count,
                    mentions: missed.count { $0.body.description.contains("@\(user)") })
            }
        }
    }
}
