public import ChatDomain
public import DomainKit
import Foundation
import Postgres
import StorageKit

extension PostgresMemberStore: ReadMarkStore {
    public func mark(_ user: UserID, in room: RoomID, readUpTo seq: Int64) async throws(Failure) -> ReadMarking? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, role, outcome, seq, at, member_count
                FROM mark_read(\(room.uuid), \(user.uuid), \(seq))
                """)
            guard let row, let standing = try Standing(row) else { return nil }
            let outcome: ReadMarking.Outcome =
                switch (try row["outcome", as: String.self], try ReadMark(row, user, room)) {
                case ("made", let mark?): .made(mark)
                case ("unchanged", let mark?): .unchanged(mark)
                case ("beyond", _): .beyond
                default: .refused
                }
            return ReadMarking(
                standing: standing, outcome: outcome, members: try row["member_count", as: Int.self])
        }
    }

    public func marks(
        of room: RoomID, isOwn: Bool, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<ReadMark>)? {
        let last = try page.after.map { cursor throws(Failure) in try cursor.id(of: Account.self) }
        return try await fromPostgres {
            let rows = try await client.query(
                """
                SELECT r.kind, own.role, l.user_id, l.seq, l.at FROM rooms r
                    LEFT JOIN members own ON own.room_id = r.id AND own.user_id = \(viewer.id.uuid)
                    LEFT JOIN LATERAL (
                        SELECT d.user_id, d.seq, d.at FROM room_reads d
                            JOIN members m ON m.room_id = d.room_id AND m.user_id = d.user_id
                        WHERE d.room_id = \(room.uuid) AND (d.user_id = \(viewer.id.uuid) OR NOT \(isOwn))
                            AND (\(last?.uuid)::uuid IS NULL OR d.user_id > \(last?.uuid)::uuid)
                        ORDER BY d.user_id LIMIT \(page.limit + 1)
                    ) l ON own.user_id IS NOT NULL
                WHERE r.id = \(room.uuid) ORDER BY l.user_id
                """)
            guard let first = rows.first, let standing = try Standing(first) else { return nil }
            let marks = try knownRows(
                rows, page, key: { Cursor([try $0["user_id", as: UUID.self].lowercased]) },
                read: { row in try row["user_id", as: UUID?.self].flatMap { try ReadMark(row, UserID($0), room) } })
            return (standing, marks)
        }
    }

    public func unread(of user: UserID) async throws(Failure) -> [Unread] {
        try await fromPostgres {
            // However much there is: of each room the messages behind the mark, so many and no more, by their index.
            try await client.query(
                """
                SELECT p.room_id, u.messages, u.mentions FROM (
                    SELECT m.room_id, greatest(m.joined_seq, d.seq) AS seen FROM members m
                        LEFT JOIN room_reads d ON d.room_id = m.room_id AND d.user_id = m.user_id
                    WHERE m.user_id = \(user.uuid) ORDER BY m.room_id LIMIT \(Unread.mostRooms)
                ) p JOIN rooms r ON r.id = p.room_id CROSS JOIN LATERAL (
                    SELECT count(*) AS messages, count(*) FILTER (WHERE strpos(s.body, \("@\(user)")) > 0) AS mentions FROM (
                        SELECT b.sender_id, b.deleted_at, b.body FROM messages b
                        WHERE b.room_id = p.room_id AND b.seq > p.seen AND r.last_seq > p.seen
                        ORDER BY b.seq LIMIT \(Unread.mostMessages)
                    ) s WHERE s.sender_id <> \(user.uuid) AND s.deleted_at IS NULL
                ) u ORDER BY p.room_id
                """
            ).map { row in
                let (room, messages, mentions) = try row.decode((UUID, Int64, Int64).self)
                return Unread(roomID: RoomID(room), messages: Int(messages), mentions: Int(mentions))
            }
        }
    }
}

extension ReadMark {
    /// Nil where there is none.
    fileprivate init?(_ row: PostgresRow, _ user: UserID, _ room: RoomID) throws {
        guard let seq = try row["seq", as: Int64?.self], let at = try row["at", as: Date?.self] else { return nil }
        self.init(roomID: room, userID: user, seq: seq, at: at)
    }
}
