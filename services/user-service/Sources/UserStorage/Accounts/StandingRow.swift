import DomainKit
import Foundation
import Postgres
import UserDomain

/// How an account's ban and membership are laid out in its row of `users u`, and what is set there when they change. Whether
/// they are in force is the database's to say.
enum StandingRow {
    static let columns: SQL = """
        CASE WHEN u.banned_until IS NULL OR u.banned_until > now() THEN u.banned_at END,
        u.banned_until, u.ban_reason, u.banned_by, u.tier, u.member_from, u.member_until, u.member_source,
        coalesce(u.member_from <= now(), true) AND coalesce(u.member_until > now(), true)
        """
    static let count = 9

    /// - Parameter first: where in the row its columns begin.
    static func read(_ row: PostgresRow, from first: Int, into user: inout User) throws {
        if let at = try row[first, as: Date?.self] {
            user.ban = Ban(
                at: at, until: try row[first + 1, as: Date?.self], reason: try row[first + 2, as: String?.self] ?? "",
                by: try row[first + 3, as: UUID?.self].map { UserID($0) })
        }
        let tier = try row[first + 4, as: String.self]
        guard tier != Membership.freeTier else { return }
        user.membership = Membership(
            tier: tier, from: try row[first + 5, as: Date?.self], until: try row[first + 6, as: Date?.self],
            source: try row[first + 7, as: String?.self])
        if try row[first + 8, as: Bool.self] { user.tier = tier }
    }

    // Each of these is the list of a `SET`, and voids the account's tokens.

    /// - Parameter until: in the future, or nil.
    static func banned(until: Date?, reason: String, by: UserID?) -> SQL {
        """
        epoch = u.epoch + 1, banned_at = now(), banned_until = \(until)::timestamptz, ban_reason = \(reason),
        banned_by = \(by?.uuid)::uuid,
        standing_changes_at = next_standing_change(\(until)::timestamptz, u.member_from, u.member_until, now())
        """
    }

    static let unbanned: SQL = """
        epoch = u.epoch + 1, banned_at = NULL, banned_until = NULL, ban_reason = NULL, banned_by = NULL,
        standing_changes_at = next_standing_change(NULL, u.member_from, u.member_until, now())
        """

    static func member(_ membership: Membership) -> SQL {
        """
        epoch = u.epoch + 1, tier = \(membership.tier), member_from = \(membership.from)::timestamptz,
        member_until = \(membership.until)::timestamptz, member_source = \(membership.source)::text,
        standing_changes_at = next_standing_change(
            u.banned_until, \(membership.from)::timestamptz, \(membership.until)::timestamptz, now())
        """
    }
}
