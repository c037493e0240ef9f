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
    ) async throws(Failure) -> [MessageChange] {
        try await fromPostgres {
            try await client.query(
                """
                SELECT \(sql: Self.columns), c.change FROM (
                    SELECT change, seq AS changed FROM room_changes WHERE room_id = \(room.uuid) AND change > \(change)
                    ORDER BY change LIMIT \(limit)
                ) c JOIN messages m ON m.room_id = \(room.uuid) AND m.seq = c.changed ORDER BY c.change
                """
            ).map { MessageChange(change: try $0["change", as: Int64.self], message: try Message($0)) }
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
