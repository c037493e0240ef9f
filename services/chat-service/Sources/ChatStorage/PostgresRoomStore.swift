public import ChatDomain
public import DomainKit
import Foundation
public import Postgres

public struct PostgresRoomStore: RoomStore {
    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    private static let columns: SQL =
        """
        r.id, r.name, r.kind, r.owner_id, r.slow_mode_seconds, r.last_seq, r.member_count, r.created_at, r.version
        """

    public func insert(_ room: Room) async throws(Failure) {
        _ = try await fromPostgres {
            try await client.execute(
                """
                WITH room AS (
                    INSERT INTO rooms (id, name, kind, owner_id, slow_mode_seconds, member_count, created_at)
                    VALUES (\(room.id.uuid), \(room.name.description), \(room.kind.rawValue), \(room.ownerID.uuid),
                        \(room.slowModeSeconds), 1, \(room.createdAt))
                    RETURNING id, owner_id, created_at
                )
                INSERT INTO members (room_id, user_id, role, joined_at)
                SELECT id, owner_id, 'owner', created_at FROM room
                """)
        }
    }

    public func access(to room: RoomID, for user: UserID) async throws(Failure) -> RoomAccess? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT \(sql: Self.columns), m.role FROM rooms r
                LEFT JOIN members m ON m.room_id = r.id AND m.user_id = \(user.uuid)
                WHERE r.id = \(room.uuid)
                """)
            return try row.map { row in
                RoomAccess(
                    room: try Room(row), role: try row["role", as: String?.self].flatMap(RoomRole.init(rawValue:)))
            }
        }
    }

    public func rooms(
        _ filter: RoomFilter, for user: UserID, _ page: PageRequest
    ) async throws(Failure) -> Page<Room> {
        let before = try Self.position(page.after)
        var conditions: SQL =
            filter.isMember
            ? "EXISTS (SELECT FROM members m WHERE m.room_id = r.id AND m.user_id = \(user.uuid))"
            : """
            (r.kind = 'public'
                OR EXISTS (SELECT FROM members m WHERE m.room_id = r.id AND m.user_id = \(user.uuid)))
            """
        if let before { conditions.append(" AND r.id < \(before)") }
        if let text = filter.nameContains { conditions.append(" AND strpos(lower(r.name), lower(\(text)::text)) > 0") }
        let selection = conditions
        let rooms = try await fromPostgres {
            try await client.query(
                """
                SELECT \(sql: Self.columns) FROM rooms r WHERE \(sql: selection)
                ORDER BY r.id DESC LIMIT \(page.limit + 1)
                """
            ).map { try Room($0) }
        }
        return Page(rooms, limit: page.limit) { Cursor([$0.id.description]) }
    }

    private static func position(_ cursor: Cursor?) throws(Failure) -> UUID? {
        guard let cursor else { return nil }
        guard cursor.parts.count == 1, let id = RoomID(cursor.parts[0]) else { throw .invalidCursor }
        return id.uuid
    }

    public func update(
        _ room: RoomID, name: RoomName, kind: Room.Kind, over version: Int64
    ) async throws(Failure) -> Room? {
        try await fromPostgres {
            let row = try await client.first(
                """
                UPDATE rooms r SET name = \(name.description), kind = \(kind.rawValue), version = r.version + 1
                WHERE r.id = \(room.uuid) AND r.version = \(version)
                RETURNING \(sql: Self.columns)
                """)
            return try row.map { try Room($0) }
        }
    }

    public func delete(_ room: RoomID) async throws(Failure) -> Bool {
        try await fromPostgres {
            // The room first: once its row is locked nothing more can be appended, so the second statement, which
            // sees what was committed before it began, leaves nothing behind.
            let results = try await client.atomically([
                "DELETE FROM rooms WHERE id = \(room.uuid)",
                "DELETE FROM messages WHERE room_id = \(room.uuid)",
            ])
            return results.first?.affected == 1
        }
    }

    public func lastSeqs(of rooms: [RoomID]) async throws(Failure) -> [RoomID: Int64] {
        try await fromPostgres {
            let rows = try await client.query("SELECT id, last_seq FROM rooms WHERE id = ANY (\(rooms.map(\.uuid)))")
            var seqs: [RoomID: Int64] = [:]
            for row in rows {
                let (id, seq) = try row.decode((UUID, Int64).self)
                seqs[RoomID(id)] = seq
            }
            return seqs
        }
    }
}

extension Room {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            id: RoomID(try row["id", as: UUID.self]), name: try RoomName(row["name", as: String.self]),
            kind: try Kind(checking: row["kind", as: String.self]), ownerID: UserID(try row["owner_id", as: UUID.self]),
            slowModeSeconds: try row["slow_mode_seconds", as: Int.self], lastSeq: try row["last_seq", as: Int64.self],
            memberCount: try row["member_count", as: Int.self],
            createdAt: try row["created_at", as: Date.self].inMilliseconds,
            version: try row["version", as: Int64.self])
    }
}
