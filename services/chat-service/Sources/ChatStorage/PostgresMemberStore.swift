public import ChatDomain
public import DomainKit
public import Foundation
public import Postgres
import StorageKit

public struct PostgresMemberStore: MemberStore {
    let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    public func change(
        _ user: UserID, in room: RoomID, to role: RoomRole?, as caller: UserID, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> MembershipChange? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, caller_role, former_role, is_banned, banned_until, role, joined_at, change FROM change_member(
                    \(room.uuid), \(caller.uuid), \(user.uuid), \(role?.rawValue), \(date),
                    \(rule.allowed.map(\.written)))
                """)
            return try row.flatMap { try MembershipChange($0, user, room) }
        }
    }

    public func members(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Member>)? {
        let position = try page.after?.timePosition()
        return try await fromPostgres {
            let after: SQL = position.map { "AND (m.joined_at, m.user_id) > (\($0.date), \($0.id))" } ?? ""
            let rows = try await client.query(
                """
                SELECT r.kind, own.role, l.user_id, l.member_role, l.joined_at FROM rooms r
                    LEFT JOIN members own ON own.room_id = r.id AND own.user_id = \(viewer.id.uuid)
                    LEFT JOIN LATERAL (
                        SELECT m.user_id, m.role AS member_role, m.joined_at FROM members m
                        WHERE m.room_id = \(room.uuid) \(sql: after)
                        ORDER BY m.joined_at, m.user_id LIMIT \(page.limit + 1)
                    ) l ON true
                WHERE r.id = \(room.uuid) ORDER BY l.joined_at, l.user_id
                """)
            guard let first = rows.first, let standing = try Standing(first) else { return nil }
            guard standing.kind.isShown(to: standing.caller) else { return (standing, Page(items: [], next: nil)) }
            let members = try knownRows(
                rows, page,
                key: { TimePosition(try $0["joined_at", as: Date.self], try $0["user_id", as: UUID.self]).cursor },
                read: { try Member($0, room) })
            return (standing, members)
        }
    }

    public func departed(among pairs: [RoomMembership]) async throws(Failure) -> [RoomMembership] {
        try await fromPostgres {
            try await client.query(
                """
                SELECT p.room_id, p.user_id
                FROM unnest(\(pairs.map(\.roomID.uuid)), \(pairs.map(\.userID.uuid))) AS p (room_id, user_id)
                WHERE NOT EXISTS (SELECT FROM members m WHERE m.room_id = p.room_id AND m.user_id = p.user_id)
                """
            ).map { row in
                let (room, user) = try row.decode((UUID, UUID).self)
                return RoomMembership(roomID: RoomID(room), userID: UserID(user))
            }
        }
    }
}

extension Member {
    /// Nil where the room has no member on this page, and when this program does not know their role.
    fileprivate init?(_ row: PostgresRow, _ room: RoomID) throws {
        guard let user = try row["user_id", as: UUID?.self],
            let role: RoomRole = known(try row["member_role", as: String.self])
        else { return nil }
        let joinedAt = try row["joined_at", as: Date.self]
        self.init(roomID: room, userID: UserID(user), role: role, joinedAt: joinedAt.inMilliseconds)
    }
}

extension MembershipChange {
    /// Nil when this program does not know the kind of the room or one of the roles: then nothing was changed either.
    init?(_ row: PostgresRow, _ user: UserID, _ room: RoomID) throws {
        guard let standing = try Standing(found: row) else { return nil }
        var member: Member?
        if let role: RoomRole = try row["role", as: String?.self].flatMap({ known($0) }),
            let joinedAt = try row["joined_at", as: Date?.self]
        {
            member = Member(roomID: room, userID: user, role: role, joinedAt: joinedAt.inMilliseconds)
        }
        self.init(
            standing: standing, member: member, bannedUntil: try row["banned_until", as: Date?.self],
            number: try row["change", as: Int64?.self])
    }
}

extension Standing {
    /// Of somebody who only looks, from the columns `kind` and `role`. Nil when this program does not know the kind; with a
    /// role it does not know they are no member.
    init?(_ row: PostgresRow) throws {
        guard let kind: Room.Kind = known(try row["kind", as: String.self]) else { return nil }
        self.init(kind: kind, viewer: try row["role", as: String?.self].flatMap { known($0) })
    }

    /// As it was found under the room's lock. Nil when this program does not know the kind of the room or one of the roles.
    init?(found row: PostgresRow) throws {
        let (caller, former) = (try row["caller_role", as: String?.self], try row["former_role", as: String?.self])
        guard let kind: Room.Kind = known(try row["kind", as: String.self]) else { return nil }
        self.init(
            kind: kind, caller: caller.flatMap { known($0) }, user: former.flatMap { known($0) },
            isBanned: try row["is_banned", as: Bool.self])
        guard (self.caller == nil) == (caller == nil), (user == nil) == (former == nil) else { return nil }
    }

    /// As `change_member` and its like compare it.
    var written: String {
        [kind.rawValue, caller?.rawValue ?? "-", user?.rawValue ?? "-", isBanned ? "banned" : "free"]
            .joined(separator: "/")
    }
}
