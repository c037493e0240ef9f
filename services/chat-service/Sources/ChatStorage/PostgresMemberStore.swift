public import ChatDomain
public import DomainKit
import Foundation
public import Postgres

public struct PostgresMemberStore: MemberStore {
    private let client: PostgresClient

    public init(client: PostgresClient) {
        self.client = client
    }

    public func add(_ member: Member) async throws(Failure) -> AddedMember? {
        let added = try await fromPostgres {
            try await client.first(
                """
                WITH added AS (
                    INSERT INTO members (room_id, user_id, role, joined_at)
                    SELECT r.id, \(member.userID.uuid), \(member.role.rawValue), \(member.joinedAt)
                    FROM rooms r WHERE r.id = \(member.roomID.uuid)
                    ON CONFLICT (room_id, user_id) DO NOTHING
                    RETURNING room_id
                )
                UPDATE rooms r SET member_count = r.member_count + 1 FROM added WHERE r.id = added.room_id
                RETURNING r.id
                """)
        }
        if added != nil { return AddedMember(member: member, isNew: true) }
        // There already, or there is no such room.
        return try await self.member(member.userID, of: member.roomID).map { AddedMember(member: $0, isNew: false) }
    }

    public func member(_ user: UserID, of room: RoomID) async throws(Failure) -> Member? {
        try await fromPostgres {
            try await client.first(
                """
                SELECT room_id, user_id, role, joined_at FROM members
                WHERE room_id = \(room.uuid) AND user_id = \(user.uuid)
                """
            ).map { try Member($0) }
        }
    }

    public func members(of room: RoomID, _ page: PageRequest) async throws(Failure) -> Page<Member> {
        let position = try Self.position(page.after)
        let members = try await fromPostgres {
            let after: SQL = position.map { "AND (joined_at, user_id) > (\($0.joinedAt), \($0.user))" } ?? ""
            return try await client.query(
                """
                SELECT room_id, user_id, role, joined_at FROM members WHERE room_id = \(room.uuid) \(sql: after)
                ORDER BY joined_at, user_id LIMIT \(page.limit + 1)
                """
            ).map { try Member($0) }
        }
        return Page(members, limit: page.limit) { member in
            let millis = (member.joinedAt.timeIntervalSince1970 * 1_000).rounded()
            return Cursor(["\(Int64(millis))", member.userID.description])
        }
    }

    private static func position(_ cursor: Cursor?) throws(Failure) -> (joinedAt: Date, user: UUID)? {
        guard let cursor else { return nil }
        guard cursor.parts.count == 2, let millis = Int64(cursor.parts[0]), abs(millis) < 1 << 50,
            let user = UserID(cursor.parts[1])
        else { throw .invalidCursor }
        return (Date(timeIntervalSince1970: Double(millis) / 1_000), user.uuid)
    }

    public func changeRole(
        of user: UserID, in room: RoomID, to role: RoomRole
    ) async throws(Failure) -> Member? {
        try await fromPostgres {
            try await client.first(
                """
                UPDATE members SET role = \(role.rawValue)
                WHERE room_id = \(room.uuid) AND user_id = \(user.uuid) AND role <> 'owner'
                RETURNING room_id, user_id, role, joined_at
                """
            ).map { try Member($0) }
        }
    }

    public func remove(_ user: UserID, from room: RoomID) async throws(Failure) -> Bool {
        try await fromPostgres {
            try await client.first(
                """
                WITH removed AS (
                    DELETE FROM members WHERE room_id = \(room.uuid) AND user_id = \(user.uuid) RETURNING room_id
                )
                UPDATE rooms r SET member_count = r.member_count - 1 FROM removed WHERE r.id = removed.room_id
                RETURNING r.id
                """) != nil
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
    fileprivate init(_ row: PostgresRow) throws {
        let (room, user, role, joinedAt) = try row.decode((UUID, UUID, String, Date).self)
        self.init(
            roomID: RoomID(room), userID: UserID(user), role: RoomRole(rawValue: role) ?? .member,
            joinedAt: joinedAt.inMilliseconds)
    }
}
