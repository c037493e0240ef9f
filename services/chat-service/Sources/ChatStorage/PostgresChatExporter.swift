public import DataExports
import DomainKit
public import Foundation
public import IdentityEvents
public import Postgres
import StorageKit

/// What the chat has of somebody: the rooms they are in, and all they said anywhere, also where they are no more.
public struct PostgresChatExporter: AccountExporter {
    /// Rooms that are looked through at a time for something the account said.
    private static let roomsAtATime = 1_000

    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    /// Places: `rooms [ROOM]`, `bans [ROOM]`, `bans-given [ROOM USER]`, `room-changes [ROOM CHANGE]`, `reads [ROOM]`, `messages [ROOM]`,
    /// what was said in rooms behind it, and `messages ROOM ID NAME`, in this room behind that message; then `versions ROOM SEQ CHANGE`, what these said before they were edited or taken back.
    public func piece(of account: UUID, from place: String?) async throws -> ExportPiece {
        let place = ExportPlace(place ?? Self.rooms.kind)
        switch place.kind {
        case Self.rooms.kind:
            return try await Self.rooms.piece(of: account, behind: place.key, next: Self.bans.kind, in: client)
        case Self.bans.kind:
            return try await Self.bans.piece(of: account, behind: place.key, next: Self.bansGiven.kind, in: client)
        case Self.bansGiven.kind:
            return try await Self.bansGiven.piece(
                of: account, behind: place.key, next: Self.roomChanges.kind, in: client)
        case Self.roomChanges.kind:
            return try await Self.roomChanges.piece(of: account, behind: place.key, next: Self.reads.kind, in: client)
        case Self.reads.kind:
            return try await Self.reads.piece(of: account, behind: place.key, next: "messages", in: client)
        case "messages":
            let words = place.key?.split(separator: " ").compactMap { String($0) } ?? []
            guard let first = words.first else { return try await said(by: account, behind: nil) }
            guard let room = UUID(uuidString: first) else { throw UnknownExportPlace() }
            return words.count == 1
                ? try await said(by: account, behind: room)
                : try await said(by: account, in: room, behind: words.dropFirst().joined(separator: " "))
        case "versions":
            let words = place.key?.split(separator: " ").map(String.init) ?? []
            guard let room = words.first.flatMap({ UUID(uuidString: $0) }), words.count == 1 || words.count == 3,
                let said = words.count == 1 ? (0, 0) : Self.numbers(words[1], words[2])
            else { throw UnknownExportPlace() }
            return try await versions(by: account, in: room, behind: said)
        default: throw UnknownExportPlace()
        }
    }

    private static let rooms = ExportedRows("rooms") { account, key in
        """
        SELECT json_build_object('room_id', r.id, 'name', r.name, 'kind', r.kind, 'role', m.role,
            'joined_at', m.joined_at, 'created_at', r.created_at)::text, m.room_id::text
        FROM members m JOIN rooms r ON r.id = m.room_id
        WHERE m.user_id = \(account) AND (\(key)::uuid IS NULL OR m.room_id > \(key)::uuid)
        ORDER BY m.room_id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// Why the account is kept out of rooms.
    private static let bans = ExportedRows("bans") { account, key in
        """
        SELECT json_build_object('room_id', b.room_id, 'reason', b.reason, 'until', b.until, 'at', b.at)::text, b.room_id::text
        FROM room_bans b WHERE b.user_id = \(account) AND (\(key)::uuid IS NULL OR b.room_id > \(key)::uuid)
        ORDER BY b.room_id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// Why it keeps others out, in its own words.
    private static let bansGiven = ExportedRows("bans-given") { account, key in
        let words = key?.split(separator: " ").map(String.init) ?? []
        let (room, user) = (words.first, words.dropFirst().first)
        return """
            SELECT json_build_object('room_id', b.room_id, 'user_id', b.user_id, 'reason', b.reason, 'until', b.until,
                'at', b.at)::text, b.room_id || ' ' || b.user_id
            FROM room_bans b
            WHERE b.by_id = \(account) AND (\(room)::uuid IS NULL OR (b.room_id, b.user_id) > (\(room)::uuid, \(user)::uuid))
            ORDER BY b.room_id, b.user_id LIMIT \(ExportPiece.rowsAtATime)
            """
    }

    /// When it came, went, was put out or given another role.
    private static let roomChanges = ExportedRows("room-changes") { account, key in
        let words = key?.split(separator: " ").map(String.init) ?? []
        let (room, change) = (words.first, words.dropFirst().first)
        return """
            SELECT json_build_object('room_id', c.room_id, 'change', c.change, 'event', c.event, 'role', c.role,
                'until', c.until, 'at', c.at)::text, c.room_id || ' ' || c.change
            FROM room_changes c
            WHERE c.user_id = \(account)
                AND (\(room)::uuid IS NULL OR (c.room_id, c.change) > (\(room)::uuid, \(change)::bigint))
            ORDER BY c.room_id, c.change LIMIT \(ExportPiece.rowsAtATime)
            """
    }

    /// How far it has read.
    private static let reads = ExportedRows("reads") { account, key in
        """
        SELECT json_build_object('room_id', d.room_id, 'seq', d.seq, 'at', d.at)::text, d.room_id::text
        FROM room_reads d WHERE d.user_id = \(account) AND (\(key)::uuid IS NULL OR d.room_id > \(key)::uuid)
        ORDER BY d.room_id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// Looks on through the rooms there are for the next one in which the account said something, each by the index there is on what
    /// somebody says in a room.
    private func said(by account: UUID, behind room: UUID?) async throws -> ExportPiece {
        let next = try await fromPostgres {
            try await client.first(
                """
                WITH looked AS (
                    SELECT id FROM rooms WHERE \(room)::uuid IS NULL OR id > \(room) ORDER BY id LIMIT \(Self.roomsAtATime)
                )
                SELECT (SELECT l.id FROM looked l CROSS JOIN LATERAL (
                            SELECT FROM messages m WHERE m.room_id = l.id AND m.sender_id = \(account) LIMIT 1
                        ) s ORDER BY l.id LIMIT 1),
                    (SELECT id FROM looked ORDER BY id DESC LIMIT 1), (SELECT count(*) FROM looked)
                """)?.decode((UUID?, UUID?, Int64).self)
        }
        if let found = next?.0 { return try await said(by: account, in: found, behind: nil) }
        let isOver = next.map { $0.2 < Self.roomsAtATime } ?? true
        return ExportPiece(
            "messages", rows: [], next: isOver ? nil : next?.1.map { "messages \($0.lowercased)" })
    }

    /// - Parameter key: id, and in hexadecimal the name its sender gave it, of the message that the piece before ended with.
    private func said(by account: UUID, in room: UUID, behind key: String?) async throws -> ExportPiece {
        try await ExportedRows("messages") { account, key in
            let words = key?.split(separator: " ").map(String.init) ?? []
            let (id, name) = (words.first, words.dropFirst().first ?? "")
            return """
                SELECT json_build_object('id', m.id, 'room_id', m.room_id, 'seq', m.seq, 'client_id', m.client_id,
                    'body', CASE WHEN m.deleted_at IS NULL THEN m.body END, 'sent_at', m.sent_at,
                    'edited_at', m.edited_at, 'deleted_at', m.deleted_at, 'reply_to', m.reply_to)::text,
                    m.room_id || ' ' || m.id || ' ' || encode(convert_to(m.client_id, 'UTF8'), 'hex')
                FROM messages m
                WHERE m.room_id = \(room) AND m.sender_id = \(account) AND (\(id)::uuid IS NULL
                    OR (m.client_id, m.id) > (convert_from(decode(\(name)::text, 'hex'), 'UTF8'), \(id)::uuid))
                ORDER BY m.client_id, m.id LIMIT \(ExportPiece.rowsAtATime)
                """
        }.piece(of: account, behind: key, next: "versions \(room.lowercased)", in: client)
    }

    private static func numbers(_ seq: String, _ change: String) -> (Int64, Int64)? {
        guard let seq = Int64(seq), let change = Int64(change) else { return nil }
        return (seq, change)
    }

    private func versions(
        by account: UUID, in room: UUID, behind place: (seq: Int64, change: Int64)
    ) async throws -> ExportPiece {
        try await ExportedRows("versions") { account, _ in
            """
            SELECT json_build_object('message_id', m.id, 'room_id', m.room_id, 'seq', m.seq, 'body', v.body,
                'said_at', v.said_at)::text, v.room_id || ' ' || v.seq || ' ' || v.change
            FROM message_versions v JOIN messages m ON m.room_id = v.room_id AND m.seq = v.seq
            WHERE v.room_id = \(room) AND m.sender_id = \(account) AND (v.seq, v.change) > (\(place.seq), \(place.change))
            ORDER BY v.seq, v.change LIMIT \(ExportPiece.rowsAtATime)
            """
        }.piece(of: account, behind: nil, next: "messages \(room.lowercased)", in: client)
    }
}
