public import DomainKit
public import Foundation
import Postgres
import StorageKit
public import UserDomain

/// Changes of the password. Each ends sessions in the same transaction, in a statement of its own: it must see the session
/// of a sign-in for which the first one waited. A session opened later is checked against the new hash. Whether the first
/// one changed anything, the second sees from the row: only then has this transaction written it (`xmin`).
extension PostgresAccounts {
    public func changePassword(
        of id: UserID, from old: PasswordHash, to new: PasswordHash, keeping kept: SessionID?
    ) async throws -> AccountChange {
        try await change(
            """
            WITH present AS (\(sql: Self.locked(id))), changed AS (
                UPDATE users u SET password_hash = \(new.phc)
                FROM present p WHERE u.id = p.id AND p.password_hash = \(old.phc)
                RETURNING u.*
            )
            \(sql: Self.outcome)
            """, endingSessionsOf: id, except: kept)
    }

    public func appointAdmin(_ known: Credentials, newHash: PasswordHash?, at now: Date) async throws -> AccountChange {
        let id = known.user.id
        let change: SQL = """
            WITH present AS (\(sql: Self.locked(id))), changed AS (
                UPDATE users u
                SET roles = ARRAY(SELECT DISTINCT r FROM unnest(u.roles || 'admin'::text) r ORDER BY r),
                    password_hash = \((newHash ?? known.hash).phc), version = u.version + 1, updated_at = \(now)
                FROM present p
                WHERE u.id = p.id AND p.version = \(known.user.version) AND p.password_hash = \(known.hash.phc)
                RETURNING u.*
            )
            \(sql: Self.outcome)
            """
        guard newHash != nil else {
            return try await fromPostgres { try UserRow.readChange(await database.first(change)) }
        }
        return try await self.change(change, endingSessionsOf: id, except: nil)
    }

    private func change(
        _ change: SQL, endingSessionsOf id: UserID, except kept: SessionID?
    ) async throws -> AccountChange {
        try await fromPostgres {
            let rows = try await database.atomically([
                change,
                """
                DELETE FROM sessions s USING users u
                WHERE s.user_id = \(id.uuid) AND s.id IS DISTINCT FROM \(kept?.uuid)::uuid
                  AND u.id = s.user_id AND u.xmin = pg_current_xact_id()::xid
                """,
            ])
            return try UserRow.readChange(rows[0].first)
        }
    }
}
