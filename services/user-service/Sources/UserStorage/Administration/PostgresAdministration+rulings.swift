public import DomainKit
import Foundation
import IdentityEvents
import Postgres
import StorageKit
public import UserDomain

extension PostgresAdministration {
    /// Both accounts are locked before anything is looked at, in the order of their ids: two admins who rule over each other
    /// come one after the other, and the second one finds itself as the first one left it. Then comes the head of the
    /// events, at last that of the audit trail: nobody who holds one of those waits for an account.
    public func make(
        _ ruling: Ruling, on id: UserID, ifVersion version: Int, by admin: ActingAdmin
    ) async throws -> ManagedUser {
        try await fromPostgres(constraints: Self.rules) {
            try await database.transaction { transaction in
                let (subject, acting) = try await Self.locked(id, admin, in: transaction)
                try admin.check(
                    acting?.user, shown: try await Self.shown(by: admin, in: transaction), for: ruling,
                    at: acting?.readAt ?? .distantFuture)
                guard let subject else { throw Failure.userNotFound }
                guard subject.user.version == version else { throw Failure.changedMeanwhile }
                var changed = subject
                changed.user = try ruling.applied(to: subject.user, by: admin.id, at: subject.readAt)
                if changed.user != subject.user {
                    try await transaction.execute(
                        Self.change(ruling, from: subject.user, to: changed.user, by: AuditAuthor(admin)))
                }
                return changed
            }
        }
    }

    private static func locked(
        _ subject: UserID, _ admin: ActingAdmin, in transaction: PostgresTransaction
    ) async throws -> (subject: ManagedUser?, acting: ManagedUser?) {
        let accounts = try await transaction.query(
            """
            SELECT \(sql: ManagedUserRow.columns) FROM users u
            WHERE u.id = ANY(\([subject.uuid, admin.id.uuid])) ORDER BY u.id FOR NO KEY UPDATE OF u
            """
        ).map(ManagedUserRow.read)
        return (accounts.first { $0.user.id == subject }, accounts.first { $0.user.id == admin.id })
    }

    /// What the admin has shown; nil when the session has ended. Asked once the accounts are locked, as whoever changes sessions
    /// locks those before: what they left is seen.
    private static func shown(
        by admin: ActingAdmin, in transaction: PostgresTransaction
    ) async throws -> Authentication? {
        guard let session = admin.session else { return nil }
        return try await transaction.first(
            """
            SELECT amr, authenticated_at FROM sessions
            WHERE id = \(session.uuid) AND user_id = \(admin.id.uuid) AND expires_at > now()
            """
        ).map { row in
            Authentication(methods: Set(stored: try row[0, as: [String].self]), at: try row[1, as: Date.self])
        }
    }

    /// The change, the event that tells of it and its line in the audit trail in one statement. The line is added to what is
    /// read of the event, so that its head is locked after the other one.
    static func change(
        _ ruling: Ruling, from former: User, to present: User, by author: AuditAuthor
    ) throws -> SQL {
        let (before, after) = (AuditFacts(of: former, for: ruling), AuditFacts(of: present, for: ruling))
        return """
            WITH changed AS (
                UPDATE users u SET version = u.version + 1, updated_at = now(), \(sql: assignments(ruling, to: present))
                WHERE u.id = \(present.id.uuid) RETURNING u.id, u.epoch
            ), told AS (\(sql: event(of: ruling)))
            INSERT INTO audit_events (actor_id, actor, subject_id, action, reason, request_id, before, after)
            SELECT \(author.id?.uuid)::uuid, \(author.actor?.rawValue)::text, c.id, \(ruling.action.rawValue),
                   \(ruling.reason ?? author.reason)::text, \(author.requestID)::text, \(try before.json)::json,
                   \(try after.json)::json
            FROM changed c LEFT JOIN told t ON true
            """
    }

    private static func event(of ruling: Ruling) -> SQL {
        guard ruling.voidsTokens else { return "SELECT NULL" }
        let kind = IdentityEvent.Kind(rawValue: ruling.action.rawValue)
        return "\(sql: IdentityEventRow.insertion(kind, from: "changed")) RETURNING seq"
    }

    /// The list of a `SET`. Roles that a later version has given stay.
    private static func assignments(_ ruling: Ruling, to present: User) -> SQL {
        switch ruling {
        case .profile:
            """
            display_name = \(present.displayName.description), is_email_verified = \(present.isEmailVerified)
            """
        case .roles(let roles):
            """
            epoch = u.epoch + 1, roles = ARRAY(
                SELECT r FROM unnest(u.roles) r WHERE r <> ALL(\(Role.allCases.map(\.rawValue)))
                UNION SELECT unnest(\(roles.stored)::text[]) ORDER BY 1)
            """
        case .ban(let reason, let until):
            StandingRow.banned(until: until, reason: reason.description, by: present.ban?.by)
        case .liftBan: StandingRow.unbanned
        case .membership(let membership): StandingRow.member(membership)
        }
    }
}
