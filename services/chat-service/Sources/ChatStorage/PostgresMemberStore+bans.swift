public import ChatDomain
public import DomainKit
public import Foundation
import Postgres
import StorageKit

extension PostgresMemberStore: BanStore {
    public func ban(
        _ user: UserID, from room: RoomID, for reason: BanReason, until: Date?, as caller: UserID,
        if rule: MembershipRule
    ) async throws(Failure) -> BanChange? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, caller_role, former_role, is_banned, reason, until, by_id, at, outcome, change FROM ban_member(
                    \(room.uuid), \(caller.uuid), \(user.uuid), \(reason.description), \(until?.inMilliseconds),
                    \(rule.allowed.map(\.written)))
                """)
            return try row.flatMap { try BanChange($0, user, room) }
        }
    }

    public func liftBan(
        of user: UserID, from room: RoomID, as caller: UserID, if rule: MembershipRule
    ) async throws(Failure) -> BanChange? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, caller_role, former_role, is_banned, reason, until, by_id, at, outcome, change FROM lift_ban(
                    \(room.uuid), \(caller.uuid), \(user.uuid), \(rule.allowed.map(\.written)))
                """)
            return try row.flatMap { try BanChange($0, user, room) }
        }
    }

    public func bans(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Ban>)? {
        let last = try page.after.map { cursor throws(Failure) in try cursor.id(of: Account.self) }
        return try await fromPostgres {
            // One statement, one moment: nobody reads who is kept out after they were put out themselves.
            let rows = try await client.query(
                """
                SELECT r.kind, own.role, l.user_id, l.reason, l.until, l.by_id, l.at FROM rooms r
                    LEFT JOIN members own ON own.room_id = r.id AND own.user_id = \(viewer.id.uuid)
                    LEFT JOIN LATERAL (
                        SELECT b.user_id, b.reason, b.until, b.by_id, b.at FROM room_bans b
                        WHERE b.room_id = \(room.uuid) AND (b.until IS NULL OR b.until > clock_timestamp())
                            AND (\(last?.uuid)::uuid IS NULL OR b.user_id > \(last?.uuid)::uuid)
                        ORDER BY b.user_id LIMIT \(page.limit + 1)
                    ) l ON own.role IN ('moderator', 'owner')
                WHERE r.id = \(room.uuid) ORDER BY l.user_id
                """)
            guard let first = rows.first, let standing = try Standing(first) else { return nil }
            let bans = try knownRows(
                rows, page,
                key: { Cursor([try $0["user_id", as: UUID.self].lowercased]) },
                read: { row in
                    try row["user_id", as: UUID?.self].flatMap { try Ban(row, UserID($0), room) }
                })
            return (standing, bans)
        }
    }
}

extension Ban {
    fileprivate init?(_ row: PostgresRow, _ user: UserID, _ room: RoomID) throws {
        guard let reason = try row["reason", as: String?.self], let by = try row["by_id", as: UUID?.self],
            let at = try row["at", as: Date?.self]
        else { return nil }
        self.init(
            roomID: room, userID: user, reason: BanReason(stored: reason), until: try row["until", as: Date?.self],
            by: UserID(by), at: at)
    }
}

extension BanChange {
    /// Nil when this program does not know the kind of the room or one of the roles: then nothing was changed either.
    fileprivate init?(_ row: PostgresRow, _ user: UserID, _ room: RoomID) throws {
        guard let standing = try Standing(found: row) else { return nil }
        let outcome: Outcome =
            switch (try row["outcome", as: String.self], try row["change", as: Int64?.self]) {
            case ("made", let number?): .made(number)
            case ("unchanged", _): .unchanged
            case ("over", _): .over
            default: .refused
            }
        self.init(standing: standing, ban: try Ban(row, user, room), outcome: outcome)
    }
}
