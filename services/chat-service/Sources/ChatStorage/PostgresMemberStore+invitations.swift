public import ChatDomain
import Crypto
public import DomainKit
public import Foundation
import Postgres
import StorageKit

extension PostgresMemberStore: InvitationStore {
    public func invite(
        into room: RoomID, _ id: InvitationID, _ token: InvitationToken, uses: Int?, until: Date?, as caller: UserID,
        roles: [RoomRole]
    ) async throws(Failure) -> InvitationOpening? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, role, outcome, at FROM open_invitation(
                    \(room.uuid), \(caller.uuid), \(id.uuid), \(token.digest), \(uses)::integer, \(until?.inMilliseconds),
                    \(roles.map(\.rawValue)), \(Invitation.mostOfRoom)::integer)
                """)
            guard let row, let standing = try Standing(row) else { return nil }
            let outcome: InvitationOpening.Outcome =
                switch try row["outcome", as: String.self] {
                case "made": .made(try row["at", as: Date.self])
                case "over": .over
                case "full": .full
                default: .refused
                }
            return InvitationOpening(standing: standing, outcome: outcome)
        }
    }

    public func join(
        _ user: UserID, _ room: RoomID, by token: InvitationToken, at date: Date, if rule: MembershipRule
    ) async throws(Failure) -> (change: MembershipChange, isValid: Bool)? {
        try await fromPostgres {
            let row = try await client.first(
                """
                SELECT kind, caller_role, former_role, is_banned, banned_until, role, joined_at, change, is_valid
                FROM join_by_invitation(
                    \(room.uuid), \(user.uuid), \(token.digest), \(date), \(rule.allowed.map(\.written)))
                """)
            guard let row, let change = try MembershipChange(row, user, room) else { return nil }
            return (change, try row["is_valid", as: Bool.self])
        }
    }

    public func invitations(
        of room: RoomID, _ page: PageRequest, for viewer: Viewer
    ) async throws(Failure) -> (standing: Standing, page: Page<Invitation>)? {
        let last = try page.after.map { cursor throws(Failure) in try cursor.id(of: Invitation.self) }
        return try await fromPostgres {
            let rows = try await client.query(
                """
                SELECT r.kind, own.role, l.id, l.uses_left, l.expires_at, l.by_id, l.at FROM rooms r
                    LEFT JOIN members own ON own.room_id = r.id AND own.user_id = \(viewer.id.uuid)
                    LEFT JOIN LATERAL (
                        SELECT i.id, i.uses_left, i.expires_at, i.by_id, i.at FROM room_invitations i
                        WHERE i.room_id = \(room.uuid) AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp())
                            AND (\(last?.uuid)::uuid IS NULL OR i.id > \(last?.uuid)::uuid)
                        ORDER BY i.id LIMIT \(page.limit + 1)
                    ) l ON own.role IN ('moderator', 'owner')
                WHERE r.id = \(room.uuid) ORDER BY l.id
                """)
            guard let first = rows.first, let standing = try Standing(first) else { return nil }
            let invitations = try knownRows(
                rows, page, key: { Cursor([try $0["id", as: UUID.self].lowercased]) },
                read: { try Invitation($0, room) })
            return (standing, invitations)
        }
    }

    public func withdraw(
        _ id: InvitationID, from room: RoomID, as caller: UserID, roles: [RoomRole]
    ) async throws(Failure) -> (standing: Standing, isMade: Bool)? {
        try await fromPostgres {
            let row = try await client.first(
                """
                WITH own AS (
                    SELECT r.kind, m.role FROM rooms r LEFT JOIN members m ON m.room_id = r.id AND m.user_id = \(caller.uuid)
                    WHERE r.id = \(room.uuid)
                ), gone AS (
                    DELETE FROM room_invitations i USING own
                    WHERE i.id = \(id.uuid) AND i.room_id = \(room.uuid) AND own.role = ANY (\(roles.map(\.rawValue)))
                        AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp())
                    RETURNING i.id
                )
                SELECT own.kind, own.role, EXISTS (SELECT FROM gone) AS is_made FROM own
                """)
            guard let row, let standing = try Standing(row) else { return nil }
            return (standing, try row["is_made", as: Bool.self])
        }
    }
}

extension Invitation {
    /// Nil where the room has none on this page.
    fileprivate init?(_ row: PostgresRow, _ room: RoomID) throws {
        guard let id = try row["id", as: UUID?.self] else { return nil }
        self.init(
            id: InvitationID(id), roomID: room, usesLeft: try row["uses_left", as: Int?.self],
            expiresAt: try row["expires_at", as: Date?.self], by: UserID(try row["by_id", as: UUID.self]),
            at: try row["at", as: Date.self])
    }
}

extension InvitationToken {
    fileprivate var digest: Data { Data(SHA256.hash(data: Data(description.utf8))) }
}

extension Cursor {
    /// Fails: `invalid` for a cursor that is none of a list in the order of ids.
    func id<Entity>(of entity: Entity.Type) throws(Failure) -> ID<Entity> {
        var parts = CursorParts(self)
        let id = try parts.id(of: entity)
        try parts.done()
        return id
    }
}
