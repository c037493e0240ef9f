public import ChatDomain
public import DomainKit
import Foundation
import Postgres
import StorageKit

extension PostgresMessageLog {
    public func change(
        _ id: MessageID, in room: RoomID, to body: MessageText?, as caller: UserID, if rule: MessageRule
    ) async throws(Failure) -> MessageChangeOutcome {
        try await fromPostgres {
            // The room's lock may have to be waited for, and nobody's statement is to wait behind this one.
            let row = try await client.transaction { transaction in
                try await transaction.first(
                    """
                    SELECT \(sql: Self.columns), outcome, change FROM change_message(
                        \(room.uuid), \(id.uuid), \(caller.uuid), \(body?.description), \(rule.roles.map(\.rawValue)),
                        \(rule.isForAll))
                    """)
            }
            guard let row else { throw PostgresError(.decoding, "no outcome of a change") }
            return try MessageChangeOutcome(row)
        }
    }

    public func changes(
        in room: RoomID, after change: Int64, limit: Int
    ) async throws(Failure) -> [RoomChangeEntry] {
        try await fromPostgres {
            try await client.query(
                """
                SELECT m.id, m.room_id, m.seq, m.sender_id, m.client_id, m.body, m.sent_at, m.edited_at, m.deleted_at,
                    m.reply_to, c.change, c.event, c.user_id, c.by_id, c.role, c.until, r.name, r.kind, r.slow_mode_seconds
                FROM (
                    SELECT change, seq, event, user_id, by_id, role, until FROM room_changes
                    WHERE room_id = \(room.uuid) AND change > \(change) ORDER BY change LIMIT \(limit)
                ) c
                    LEFT JOIN messages m ON m.room_id = \(room.uuid) AND m.seq = c.seq
                    LEFT JOIN rooms r ON c.event = 'settings_changed' AND r.id = \(room.uuid)
                ORDER BY c.change
                """
            ).compactMap { try RoomChangeEntry($0, room) }
        }
    }
}

extension RoomChangeEntry {
    /// Nil for a change of a kind this program does not know, and of a message that is gone.
    fileprivate init?(_ row: PostgresRow, _ room: RoomID) throws {
        let change = try row["change", as: Int64.self]
        if let event = try row["event", as: String?.self] {
            guard let event = try RoomNotice.Event(event, row) else { return nil }
            self = .room(RoomNotice(event, in: room, change: change))
        } else {
            guard try row[0, as: UUID?.self] != nil else { return nil }
            self = .message(MessageChange(change: change, message: try Message(row)))
        }
    }
}

extension RoomNotice.Event {
    fileprivate init?(_ name: String, _ row: PostgresRow) throws {
        if name == "settings_changed" {
            // The room is gone, or of a kind this program does not know.
            guard let kind: Room.Kind = try row["kind", as: String?.self].flatMap({ known($0) }),
                let text = try row["name", as: String?.self]
            else { return nil }
            self = .settingsChanged(
                RoomSettings(
                    name: RoomName(stored: text), kind: kind,
                    slowModeSeconds: try row["slow_mode_seconds", as: Int.self]))
            return
        }
        guard let user = try row["user_id", as: UUID?.self].map({ UserID($0) }) else { return nil }
        let by = try row["by_id", as: UUID?.self].map { UserID($0) }
        let role: RoomRole? = try row["role", as: String?.self].flatMap { known($0) }
        switch (name, role) {
        case ("member_joined", let role?): self = .memberJoined(user, role, by: by)
        case ("member_left", _): self = .memberLeft(user)
        case ("member_removed", _): self = .memberRemoved(user, by: by)
        case ("role_changed", let role?): self = .roleChanged(user, role, by: by)
        case ("owner_changed", _): self = .ownerChanged(user, by: by)
        case ("member_banned", _): self = .memberBanned(user, until: try row["until", as: Date?.self], by: by)
        case ("ban_lifted", _): self = .banLifted(user, by: by)
        default: return nil
        }
    }
}

extension MessageChangeOutcome {
    fileprivate init(_ row: PostgresRow) throws {
        switch try row["outcome", as: String.self] {
        case "made": self = .made(MessageChange(change: try row["change", as: Int64.self], message: try Message(row)))
        case "unchanged": self = .unchanged(try Message(row))
        case "not-a-member": self = .notAMember
        case "no-such-message": self = .noSuchMessage
        case "deleted": self = .deleted
        case "refused": self = .refused
        default: self = .hidden
        }
    }
}
