public import ChatDomain
public import DomainKit
public import Foundation
public import Postgres

public struct PostgresMemberStore: MemberStore {
    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    public func change(
        _ user: UserID, in room: RoomID, to role: RoomRole?, as caller: UserID, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> MembershipChange? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, caller_role, former_role, role, joined_at, is_made FROM change_membership(
                    \(room.uuid), \(caller.uuid), \(user.uuid), \(role?.rawValue), \(date),
                    \(rule.allowed.map(\.written)))
                """)
            return try row.flatMap { try MembershipChange($0, user, room) }
        }
    }

    public func members(of room: RoomID, _ page: PageRequest) async throws(Failure) -> Page<Member> {
        let position = try page.after?.timePosition()
        let rows = try await fromPostgres {
            let after: SQL = position.map { "AND (joined_at, user_id) > (\($0.date), \($0.id))" } ?? ""
            return try await client.query(
                """
                SELECT room_id, user_id, role, joined_at FROM members WHERE room_id = \(room.uuid) \(sql: after)
                ORDER BY joined_at, user_id LIMIT \(page.limit + 1)
                """
            ).map { try MemberRow($0) }
        }
        return Page(rows, limit: page.limit, key: \.position.cursor).compactMap(\.member)
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

/// A member as stored; `member` is nil when this program does not know their role.
private struct MemberRow {
    let position: TimePosition
    let member: Member?

    init(_ row: PostgresRow) throws {
        let (room, user, role, joinedAt) = try row.decode((UUID, UUID, String, Date).self)
        position = TimePosition(joinedAt, user)
        member = RoomRole(stored: role).map {
            Member(roomID: RoomID(room), userID: UserID(user), role: $0, joinedAt: joinedAt.inMilliseconds)
        }
    }
}

extension MembershipChange {
    /// Nil when this program does not know the kind of the room or one of the roles: then nothing was changed either.
    fileprivate init?(_ row: PostgresRow, _ user: UserID, _ room: RoomID) throws {
        let (kind, caller, former, role, joinedAt, isMade) = try row.decode(
            (String, String?, String?, String?, Date?, Bool).self)
        guard let kind = Room.Kind(stored: kind) else { return nil }
        let standing = Standing(
            kind: kind, caller: caller.flatMap(RoomRole.init(stored:)), user: former.flatMap(RoomRole.init(stored:)))
        guard (standing.caller == nil) == (caller == nil), (standing.user == nil) == (former == nil) else { return nil }
        var member: Member?
        if let role = role.flatMap(RoomRole.init(stored:)), let joinedAt {
            member = Member(roomID: room, userID: user, role: role, joinedAt: joinedAt.inMilliseconds)
        }
        self.init(standing: standing, member: member, isMade: isMade)
    }
}

extension Standing {
    /// As `change_membership` compares it.
    fileprivate var written: String {
        [kind.rawValue, caller?.rawValue ?? "-", user?.rawValue ?? "-"].joined(separator: "/")
    }
}
