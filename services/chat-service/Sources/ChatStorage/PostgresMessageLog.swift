public import ChatDomain
public import DomainKit
import Foundation
public import NIOCore
public import NIOPosix
public import Postgres
import StorageKit

/// The rooms' logs in PostgreSQL. Appends are committed in groups (`AppendLane`).
public final class PostgresMessageLog: MessageLog {
    let client: PostgresClient
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

    public func messages(
        in room: RoomID, _ range: HistoryRange, limit: Int, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, messages: [Message])? {
        try await fromPostgres {
            // One statement, one moment: nobody reads what was said after they were put out.
            let rows = try await client.query(
                """
                SELECT h.*, r.kind, own.role FROM rooms r
                    LEFT JOIN members own ON own.room_id = r.id AND own.user_id = \(viewer.id.uuid)
                    LEFT JOIN LATERAL (\(sql: Self.selection(room, range, limit))) h ON own.user_id IS NOT NULL
                WHERE r.id = \(room.uuid) ORDER BY h.seq
                """)
            guard let first = rows.first, let standing = try Standing(first) else { return nil }
            let messages = try rows.filter { try $0["id", as: UUID?.self] != nil }.map { try Message($0) }
            return (standing, standing.caller == nil ? [] : messages)
        }
    }

    static let columns: SQL =
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
    /// From the first columns of the row, which are those of `PostgresMessageLog.columns`.
    init(_ row: PostgresRow) throws {
        self.init(
            id: MessageID(try row[0, as: UUID.self]), roomID: RoomID(try row[1, as: UUID.self]),
            seq: try row[2, as: Int64.self], senderID: UserID(try row[3, as: UUID.self]),
            clientID: ClientID(stored: try row[4, as: String.self]),
            body: MessageText(stored: try row[5, as: String.self]), sentAt: try row[6, as: Date.self],
            editedAt: try row[7, as: Date?.self], deletedAt: try row[8, as: Date?.self],
            replyTo: try row[9, as: UUID?.self].map { MessageID($0) })
    }
}
