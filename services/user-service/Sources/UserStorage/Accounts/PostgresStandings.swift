import DomainKit
import Foundation
import IdentityEvents
public import Postgres
import StorageKit
import UserDomain

/// Tells of bans that end, and of memberships that begin or end, because the time has come: the database's.
///
/// Every replica may look at any time; each change is told of by one of them. A ban that is over has a line in the audit
/// trail, as nothing else is left of it.
public struct PostgresStandings: Sendable {
    static let batch = 200

    private let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }

    /// Some of what is due; true when there may be more.
    public func settle() async throws -> Bool {
        try await settle("standing_changes_at <= now() ORDER BY standing_changes_at LIMIT \(Self.batch)") == Self.batch
    }

    /// What is due of one account, unless somebody else is at it.
    func settle(_ user: UserID) async throws {
        while try await settle("standing_changes_at <= now() AND id = \(user.uuid)") > 0 {}
    }

    /// As `AuditFacts` has it; what has no value is left out.
    private static let formerBan: SQL = """
        json_build_object('ban', json_strip_nulls(json_build_object(
            'at', \(sql: time("b.banned_at")), 'reason', b.ban_reason, 'until', \(sql: time("b.banned_until")))))
        """

    private static func time(_ column: SQL) -> SQL {
        "to_char(\(sql: column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    }

    /// Accounts with two changes due take them one by one, the ban's end first of two at the same time: each is an event.
    private func settle(_ due: SQL) async throws -> Int {
        try await fromPostgres {
            try await database.first(
                """
                WITH due AS (
                    SELECT id, standing_changes_at AS at, banned_until <= standing_changes_at AS lifts,
                        banned_at, banned_until, ban_reason
                    FROM users WHERE \(sql: due) FOR NO KEY UPDATE SKIP LOCKED
                ), changed AS (
                    UPDATE users u SET
                        epoch = u.epoch + 1,
                        banned_at = CASE WHEN d.lifts THEN NULL ELSE u.banned_at END,
                        banned_until = CASE WHEN d.lifts THEN NULL ELSE u.banned_until END,
                        ban_reason = CASE WHEN d.lifts THEN NULL ELSE u.ban_reason END,
                        banned_by = CASE WHEN d.lifts THEN NULL ELSE u.banned_by END,
                        standing_changes_at = CASE WHEN d.lifts
                            THEN next_standing_change(
                                NULL, u.member_from, u.member_until, d.at - interval '1 microsecond')
                            ELSE next_standing_change(u.banned_until, u.member_from, u.member_until, d.at) END
                    FROM due d WHERE u.id = d.id
                    RETURNING u.id, u.epoch, d.lifts, d.banned_at, d.banned_until, d.ban_reason,
                        CASE WHEN d.lifts THEN \(IdentityEvent.Kind.banLifted.rawValue)
                             ELSE \(IdentityEvent.Kind.membershipChanged.rawValue) END AS kind
                ), told AS (
                    INSERT INTO identity_events (seq, kind, user_id, epoch)
                    SELECT next_identity_event(), e.kind, e.id, e.epoch FROM (SELECT * FROM changed ORDER BY id) e
                    RETURNING seq
                ), lines AS (
                    INSERT INTO audit_events (actor, subject_id, action, before, after)
                    SELECT \(AuditActor.time.rawValue), b.id, \(AuditAction.banExpired.rawValue),
                           \(sql: Self.formerBan), '{"ban":null}'::json
                    FROM \(sql: AuditLine.accounts(of: "changed", after: "told", where: "c.lifts")) b
                )
                SELECT count(*) FROM told
                """)?.decode(Int.self) ?? 0
        }
    }
}
