public import ChatDomain
public import DomainKit
import Foundation
public import NIOCore
public import NIOPosix
public import Postgres
import StorageKit

/// The rooms' logs in PostgreSQL. Appends are committed in groups (`AppendLane`).
public final class PostgresMessageLog: MessageLog {
    private let client: PostgresClient
    private let lanes: [AppendLane]

    /// `appends` is for the groups alone: they wait for rooms that another replica is appending to, and whatever is
    /// pipelined behind them would wait with them. It wants one shared connection a lane. `linger` is how long a small
    /// group may wait for company, where it is to be expected; `timers` ends such waits.
    public init(
        client: PostgresClient, appends: PostgresClient, lanes: Int = 1, linger: Duration = .zero,
        timers: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    ) {
        self.client = client
        self.lanes = (0..<max(1, lanes)).map { _ in AppendLane(client: appends, linger: linger, timers: timers) }
    }

    /// A room always goes through the same lane: its drafts stay in order, and groups under way at the same time
    /// never wait for each other's rooms.
    public func append(_ draft: MessageDraft, reply: @escaping Reply) {
        lanes[Int(draft.roomID.uuid.uuid.15) % lanes.count].append(draft, reply: reply)
    }

    public func messages(
        in room: RoomID, _ range: HistoryRange, limit: Int
    ) async throws(Failure) -> [Message] {
        try await fromPostgres {
            try await client.query(Self.selection(room, range, limit)).map { try Message($0) }
        }
    }

    private static let columns: SQL =
        "id, room_id, seq, sender_id, client_id, body, sent_at, edited_at, deleted_at, reply_to"

    private static func selection(_ room: RoomID, _ range: HistoryRange, _ limit: Int) -> SQL {
        switch range {
        case .after(let seq, let before):
            """
            SELECT \(sql: columns) FROM messages
            WHERE room_id = \(room.uuid) AND seq > \(seq) AND seq < \(before ?? .max)
            ORDER BY seq LIMIT \(limit)
            """
        case .before(let before):
            """
            SELECT \(sql: columns) FROM (
                SELECT \(sql: columns) FROM messages WHERE room_id = \(room.uuid) AND seq < \(before ?? .max)
                ORDER BY seq DESC LIMIT \(limit)
            ) newest ORDER BY seq
            """
        }
    }
}

extension Message {
    fileprivate init(_ row: PostgresRow) throws {
        let (id, room, seq, sender, clientID, body, sentAt, editedAt, deletedAt, replyTo) = try row.decode(
            (UUID, UUID, Int64, UUID, String, String, Date, Date?, Date?, UUID?).self)
        self.init(
            id: MessageID(id), roomID: RoomID(room), seq: seq, senderID: UserID(sender),
            clientID: ClientID(stored: clientID), body: MessageText(stored: body), sentAt: sentAt, editedAt: editedAt,
            deletedAt: deletedAt, replyTo: replyTo.map { MessageID($0) })
    }
}
