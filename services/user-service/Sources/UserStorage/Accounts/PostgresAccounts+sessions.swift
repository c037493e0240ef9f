public import DomainKit
public import Foundation
import Postgres
public import UserDomain

extension PostgresAccounts: SessionStore {
    public func open(_ session: Session, chain: RefreshChain) async throws {
        try await translatingErrors(constraints: ["sessions_user_id_fkey": .credentialsWrong]) {
            // Rows another sign-in is just removing are skipped: two of them never wait for each other.
            _ = try await database.execute(
                """
                WITH surplus AS (
                    SELECT id FROM sessions
                    WHERE user_id = \(session.userID.uuid)
                      AND (expires_at <= \(session.createdAt)
                           OR id <= (SELECT id FROM sessions
                                     WHERE user_id = \(session.userID.uuid) AND expires_at > \(session.createdAt)
                                     ORDER BY id DESC OFFSET \(Session.mostPerUser - 1) LIMIT 1))
                    FOR UPDATE SKIP LOCKED
                ), gone AS (
                    DELETE FROM sessions s USING surplus WHERE s.id = surplus.id
                )
                INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, user_agent, address,
                                      refresh_generation, refresh_digest, refresh_spent_at)
                VALUES (\(session.id.uuid), \(session.userID.uuid), \(session.createdAt), \(session.lastUsedAt),
                        \(session.expiresAt), \(session.device.userAgent), \(session.device.address),
                        \(Int64(chain.generation)), \(chain.digest), \(chain.spentAt))
                """)
        }
    }

    public func grant(_ id: SessionID) async throws -> SessionGrant? {
        try await translatingErrors {
            try await database.first(
                """
                SELECT \(sql: SessionRow.columns), s.refresh_generation, s.refresh_digest, s.refresh_spent_at,
                       \(sql: UserRow.columns)
                FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.id = \(id.uuid)
                """
            ).map(SessionRow.readGrant)
        }
    }

    public func rotate(_ session: Session, from chain: RefreshChain, to next: RefreshChain) async throws -> Bool {
        try await translatingErrors {
            try await database.execute(
                """
                UPDATE sessions
                SET last_used_at = \(session.lastUsedAt), expires_at = \(session.expiresAt),
                    refresh_generation = \(Int64(next.generation)), refresh_digest = \(next.digest),
                    refresh_spent_at = \(next.spentAt)
                WHERE id = \(session.id.uuid) AND refresh_generation = \(Int64(chain.generation))
                  AND refresh_digest = \(chain.digest)
                """) == 1
        }
    }

    public func sessions(of user: UserID, at now: Date, page: PageRequest) async throws -> Page<Session> {
        let after = try page.after.map { try SessionCursor($0).id.uuid }
        return try await translatingErrors {
            let rows = try await database.query(
                """
                SELECT \(sql: SessionRow.columns) FROM sessions s
                WHERE s.user_id = \(user.uuid) AND s.expires_at > \(now)
                  AND (\(after)::uuid IS NULL OR s.id < \(after))
                ORDER BY s.id DESC LIMIT \(page.limit + 1)
                """)
            return Page(try rows.map(SessionRow.read), limit: page.limit) { SessionCursor($0.id).cursor }
        }
    }

    public func end(_ id: SessionID, of user: UserID) async throws -> Bool {
        try await translatingErrors {
            try await database.execute("DELETE FROM sessions WHERE id = \(id.uuid) AND user_id = \(user.uuid)") == 1
        }
    }

    public func endAll(of user: UserID, except kept: SessionID?) async throws {
        try await translatingErrors {
            _ = try await database.execute(
                "DELETE FROM sessions WHERE user_id = \(user.uuid) AND id IS DISTINCT FROM \(kept?.uuid)::uuid")
        }
    }

    public func revoke(_ id: SessionID, recording event: SecurityEvent) async throws {
        try await translatingErrors {
            _ = try await database.execute(
                """
                WITH ended AS (
                    DELETE FROM sessions WHERE id = \(id.uuid)
                )
                INSERT INTO security_events (id, kind, user_id, session_id, at, user_agent, address)
                SELECT \(event.id), \(event.kind.rawValue), u.id, \(event.sessionID.uuid), \(event.at),
                       \(event.device.userAgent), \(event.device.address)
                FROM users u WHERE u.id = \(event.userID.uuid)
                """)
        }
    }
}
