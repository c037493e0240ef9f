public import DomainKit
public import ErasureWork
public import Foundation
public import Postgres

/// Takes an erased account out of the chat: first out of all rooms, then its words out of all that was said.
///
/// What it said leaves tombstones, so that the places in a room's log stay without holes and replies go on pointing somewhere.
/// Rooms of its own go to those who are left in them (`take_out_of_room`). Its sockets were closed when its tokens became void.
/// It is done when nothing it said is left of rooms that have ended either.
public struct PostgresChatEraser: AccountEraser {
    /// So few at a time, as they stay locked until the step is committed, and nobody speaks in them meanwhile.
    private static let roomsAtATime = 20

    private let messagesAtATime: Int

    public init(messagesAtATime: Int = 1_000) {
        self.messagesAtATime = messagesAtATime
    }

    public func step(
        _ account: UserID, from place: UUID?, in transaction: PostgresTransaction
    ) async throws -> ErasureStep {
        let left = try await leave(account, in: transaction)
        if !left.isEmpty { return ErasureStep(removed: left, next: .more(from: place)) }
        let row = try await transaction.first(
            """
            SELECT messages, rooms, last_room
            FROM take_out_messages(\(account.uuid), \(place)::uuid, \(messagesAtATime)::integer)
            """)
        guard let row else { throw PostgresError(.decoding, "no word on messages") }
        let (messages, rooms, last) = try row.decode((Int64, Int64, UUID?).self)
        let removed = ["messages": messages]
        // In what was looked at there may be more of them: from the same place once more.
        if messages == messagesAtATime { return ErasureStep(removed: removed, next: .more(from: place)) }
        if rooms == messagesAtATime { return ErasureStep(removed: removed, next: .more(from: last)) }
        if try await isInRemains(account, transaction) { return ErasureStep(removed: removed, next: .later) }
        try await transaction.execute("DELETE FROM idempotency_keys WHERE caller = \(account.description)")
        try await transaction.execute("DELETE FROM room_reads WHERE user_id = \(account.uuid)")
        try await transaction.execute("DELETE FROM room_speakers WHERE user_id = \(account.uuid)")
        // Whom a link of theirs would have let in comes by another.
        try await transaction.execute("DELETE FROM room_invitations WHERE by_id = \(account.uuid)")
        try await transaction.execute(
            "DELETE FROM direct_rooms WHERE lower_id = \(account.uuid) OR higher_id = \(account.uuid)")
        let bans = try await takeOutBans(of: account, transaction)
        return ErasureStep(removed: removed.merging(["bans": bans]) { $1 }, next: .done)
    }

    /// Nobody needs to be kept out who is not there any more; why others are, in the account's words, is forgotten.
    private func takeOutBans(of account: UserID, _ transaction: PostgresTransaction) async throws -> Int64 {
        try await transaction.execute(
            "UPDATE room_bans SET reason = '' WHERE by_id = \(account.uuid) AND reason <> ''")
        return try await transaction.first(
            """
            WITH lifted AS (DELETE FROM room_bans WHERE user_id = \(account.uuid) RETURNING 1) SELECT count(*) FROM lifted
            """)?.decode(Int64.self) ?? 0
    }

    /// Whether something it said, or may have said before an edit, is left of rooms that have ended, its own among them:
    /// `PostgresRoomRemains` takes that out. Whose a former text is the message says alone, and that may go first. Looked up room by
    /// room, however many messages there are.
    private func isInRemains(_ account: UserID, _ transaction: PostgresTransaction) async throws -> Bool {
        try await transaction.first(
            """
            SELECT EXISTS (
                SELECT FROM room_remains g CROSS JOIN LATERAL (
                    SELECT FROM messages m WHERE m.room_id = g.room_id AND m.sender_id = \(account.uuid) LIMIT 1
                ) said
            ) OR EXISTS (
                SELECT FROM room_remains g CROSS JOIN LATERAL (
                    SELECT FROM message_versions v WHERE v.room_id = g.room_id AND (
                        SELECT m.seq FROM messages m WHERE m.room_id = v.room_id AND m.seq = v.seq) IS NULL LIMIT 1
                ) said_before)
            """)?.decode(Bool.self) ?? false
    }

    /// Leaves some rooms, and says what became of how many; empty when there are none.
    private func leave(
        _ account: UserID, in transaction: PostgresTransaction
    ) async throws -> [String: Int64] {
        // In the order of their ids, as whoever else locks several rooms does.
        let rows = try await transaction.query(
            """
            SELECT CASE take_out_of_room(h.id, \(account.uuid))
                WHEN 'handed-over' THEN 'rooms_handed_over' WHEN 'removed' THEN 'rooms' ELSE 'memberships' END
            FROM (
                SELECT room_id AS id FROM members WHERE user_id = \(account.uuid)
                UNION SELECT id FROM rooms WHERE owner_id = \(account.uuid)
                ORDER BY 1 LIMIT \(Self.roomsAtATime)
            ) h
            """)
        return try rows.reduce(into: [:]) { counts, row in counts[try row.decode(String.self), default: 0] += 1 }
    }
}
