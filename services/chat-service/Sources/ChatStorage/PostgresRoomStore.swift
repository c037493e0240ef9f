public import ChatDomain
public import DomainKit
import Foundation
public import Postgres
import StorageKit

public struct PostgresRoomStore: RoomStore {
    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    private static let columns: SQL =
        """
        r.id, r.name, r.kind, r.owner_id, r.slow_mode_seconds, r.last_seq, r.last_change, r.member_count, r.created_at, r.version
        """

    public func insert(_ room: Room, ifFewerThan most: Int64) async throws(Failure) -> RoomInsertion {
        try await fromPostgres {
            // The owner's lock may have to be waited for, and nobody's statement is to wait behind this one.
            try await client.transaction { transaction -> RoomInsertion in
                let row = try await transaction.first(
                    """
                    SELECT verdict, owned FROM open_room(
                        \(room.id.uuid), \(room.name.description), \(room.kind.rawValue), \(room.ownerID.uuid),
                        \(room.slowModeSeconds)::integer, \(room.createdAt), \(most))
                    """)
                guard let (verdict, owned) = try row?.decode((String, Int64?).self) else {
                    throw PostgresError(.decoding, "no verdict on a new room")
                }
                switch verdict {
                case "full": return .full(owned: owned ?? most)
                case "ended": return .ended
                default: break
                }
                let stored = try await transaction.first(
                    "SELECT \(sql: Self.columns) FROM rooms r WHERE r.id = \(room.id.uuid)")
                // Nil as well for a room of a kind this program does not know, which is as good as none.
                return try stored.flatMap { try Room($0) }.map { .stored($0) } ?? .ended
            }
        }
    }

    public func direct(
        _ room: Room, with other: UserID, ifFewerThan most: Int64
    ) async throws(Failure) -> DirectRoomOpening {
        try await fromPostgres {
            try await client.transaction { transaction -> DirectRoomOpening in
                let row = try await transaction.first(
                    """
                    SELECT verdict, owned, pair_room, is_new FROM open_direct_room(
                        \(room.id.uuid), \(room.name.description), \(room.ownerID.uuid), \(other.uuid), \(room.createdAt),
                        \(most))
                    """)
                guard let (verdict, owned, found, isNew) = try row?.decode((String, Int64?, UUID?, Bool).self) else {
                    throw PostgresError(.decoding, "no verdict on a room of two")
                }
                if verdict == "full" { return .full(owned: owned ?? most) }
                let stored = try await transaction.first(
                    "SELECT \(sql: Self.columns) FROM rooms r WHERE r.id = \(found)")
                guard let room = try stored.flatMap({ try Room($0) }) else {
                    throw PostgresError(.decoding, "no room of two")
                }
                return .found(room, isNew: isNew)
            }
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
            return try row.flatMap { row in
                guard let room = try Room(row) else { return nil }
                return RoomAccess(
                    room: room, role: try row["role", as: String?.self].flatMap { known($0) })
            }
        }
    }

    public func rooms(
        _ filter: RoomFilter, for viewer: Viewer, _ page: PageRequest
    ) async throws(Failure) -> Page<Room> {
        let before = try page.after.map { cursor throws(Failure) in try Self.position(of: cursor) }
        var conditions: SQL =
            filter.isMember
            ? "EXISTS (SELECT FROM members m WHERE m.room_id = r.id AND m.user_id = \(viewer.id.uuid))"
            : """
            (r.kind = ANY (\(Room.Kind.shownToStrangers.map(\.rawValue)))
                OR EXISTS (SELECT FROM members m WHERE m.room_id = r.id AND m.user_id = \(viewer.id.uuid)))
            """
        if let before { conditions.append(" AND (r.created_at, r.id) < (\(sql: before))") }
        if let text = filter.nameContains { conditions.append(" AND strpos(folded(r.name), folded(\(text))) > 0") }
        let selection = conditions
        return try await fromPostgres {
            let rows = try await client.query(
                """
                SELECT \(sql: Self.columns) FROM rooms r WHERE \(sql: selection)
                ORDER BY r.created_at DESC, r.id DESC LIMIT \(page.limit + 1)
                """)
            return try knownRows(
                rows, page,
                key: { TimePosition(try $0["created_at", as: Date.self], try $0["id", as: UUID.self]).cursor },
                read: { try Room($0) })
        }
    }

    /// Cursors of the version before this one name a room alone, which stood at its creation; a page that a replica of
    /// that version began is gone on with here. To be taken out once no such version is rolled out from.
    private static func position(of cursor: Cursor) throws(Failure) -> SQL {
        guard cursor.parts.count == 1, let former = RoomID(cursor.parts[0]) else {
            let position = try cursor.timePosition()
            return "\(position.date), \(position.id)"
        }
        // Where it is gone, its id still tells the time: that version's were all of the ordered kind.
        return """
            coalesce((SELECT p.created_at FROM rooms p WHERE p.id = \(former.uuid)), \(former.uuid.time)), \(former.uuid)
            """
    }

    public func update(
        _ room: RoomID, _ change: RoomSettingsChange, if condition: RoomCondition
    ) async throws(Failure) -> RoomChange<Room> {
        try await fromPostgres {
            let row = try await client.first(
                """
                WITH held AS MATERIALIZED (\(sql: Self.hold(room, condition))), changed AS (
                    UPDATE rooms r SET name = coalesce(\(change.name?.description), r.name),
                        kind = coalesce(\(change.kind?.rawValue), r.kind),
                        slow_mode_seconds = coalesce(\(change.slowMode?.seconds)::integer, r.slow_mode_seconds),
                        version = r.version + 1
                    FROM held WHERE r.id = \(room.uuid) AND held.verdict = 'held'
                    RETURNING \(sql: Self.columns)
                )
                SELECT held.verdict, changed.* FROM held LEFT JOIN changed ON true
                """)
            return try RoomChange(row) { row in try Room(row) }
        }
    }

    /// The row alone: members and messages stay behind, noted as remains in the same transaction.
    public func delete(_ room: RoomID, if condition: RoomCondition) async throws(Failure) -> RoomChange<Void> {
        try await fromPostgres {
            let row = try await client.first(
                """
                WITH held AS MATERIALIZED (\(sql: Self.hold(room, condition))), deleted AS (
                    DELETE FROM rooms r USING held WHERE r.id = \(room.uuid) AND held.verdict = 'held' RETURNING r.id
                )
                SELECT held.verdict FROM held LEFT JOIN deleted ON true
                """)
            return try RoomChange(row) { _ in }
        }
    }

    private static func hold(_ room: RoomID, _ condition: RoomCondition) -> SQL {
        """
        SELECT hold_room(
            \(room.uuid), \(condition.version), \(condition.caller.uuid), \(condition.roles.map(\.rawValue))
        ) AS verdict
        """
    }

    public func progress(of rooms: [RoomID]) async throws(Failure) -> [RoomID: RoomProgress] {
        try await fromPostgres {
            let rows = try await client.query(
                "SELECT id, last_seq, last_change, departures FROM rooms WHERE id = ANY (\(rooms.map(\.uuid)))")
            return try rows.reduce(into: [:]) { progress, row in
                let (id, seq, change, departures) = try row.decode((UUID, Int64, Int64, Int64).self)
                progress[RoomID(id)] = RoomProgress(
                    position: RoomPosition(seq: seq, change: change), departures: departures)
            }
        }
    }
}

extension RoomChange {
    /// `value` of a row that has been changed; nil is a room this program does not know.
    fileprivate init(_ row: PostgresRow?, _ value: (PostgresRow) throws -> Value?) throws {
        switch try row?["verdict", as: String.self] {
        case "held": self = try row.flatMap(value).map { .done($0) } ?? .gone
        case "stale": self = .stale
        default: self = .gone
        }
    }
}

extension Room {
    /// Nil when this program does not know the room's kind.
    fileprivate init?(_ row: PostgresRow) throws {
        guard let kind: Kind = known(try row["kind", as: String.self]) else { return nil }
        self.init(
            id: RoomID(try row["id", as: UUID.self]), name: RoomName(stored: try row["name", as: String.self]),
            kind: kind, ownerID: UserID(try row["owner_id", as: UUID.self]),
            slowModeSeconds: try row["slow_mode_seconds", as: Int.self], lastSeq: try row["last_seq", as: Int64.self],
            lastChange: try row["last_change", as: Int64.self], memberCount: try row["member_count", as: Int.self],
            createdAt: try row["created_at", as: Date.self].inMilliseconds,
            version: try row["version", as: Int64.self])
    }
}
