import DomainKit
import Foundation
import IdentityEvents
import Postgres
import UserDomain

@testable import UserStorage

/// Bans, memberships and what was told of them, in a test's database.
extension PostgresSession {
    func ban(_ user: UserID, until: Date? = nil) async throws {
        try await change(user, StandingRow.banned(until: until, reason: "spam", by: nil), .banned)
    }

    func unban(_ user: UserID) async throws {
        try await change(user, StandingRow.unbanned, .banLifted)
    }

    func setMembership(_ membership: Membership, of user: UserID) async throws {
        try await change(user, StandingRow.member(membership), .membershipChanged)
    }

    private func change(_ user: UserID, _ change: SQL, _ kind: IdentityEvent.Kind) async throws {
        try await execute(
            """
            WITH changed AS (
                UPDATE users u SET \(sql: change) WHERE u.id = \(user.uuid) RETURNING u.id, u.epoch
            )
            \(sql: IdentityEventRow.insertion(kind, from: "changed"))
            """)
    }

    /// Lets so much time pass for all bans and memberships.
    func age(_ seconds: Int) async throws {
        let by: SQL = "- \(seconds) * interval '1 second'"
        try await execute(
            """
            UPDATE users SET banned_until = banned_until \(sql: by), member_from = member_from \(sql: by),
                member_until = member_until \(sql: by), standing_changes_at = standing_changes_at \(sql: by)
            """)
    }

    /// What was told of a user, in order: kind and epoch, and the session's id where it is one's.
    func told(of user: UserID) async throws -> [String] {
        try await query(
            """
            SELECT concat_ws(' ', kind, epoch, session_id) FROM identity_events
            WHERE user_id = \(user.uuid) ORDER BY seq
            """
        ).decode(String.self)
    }
}
