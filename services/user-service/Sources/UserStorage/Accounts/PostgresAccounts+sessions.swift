public import DomainKit
import Foundation
import Postgres
import StorageKit
public import UserDomain

extension PostgresAccounts: SessionStore {
    /// The account's row is locked against changes of its hash, epoch and factor while the session is added: whoever changes
    /// them then waits, and ends this session or voids its token too; whoever has changed them before is seen here.
    public func open(_ opening: SessionOpening) async throws -> Bool {
        try await fromPostgres {
            try await database.first(
                """
                WITH account AS (\(sql: CheckedAccount(opening).row)), \(sql: Self.adding(opening))
                SELECT id FROM added
                """) != nil
        }
    }

    /// Of a device that `account` does not know; but for the first one, which the new account was opened with.
    private static func notice(of opening: SessionOpening) -> SQL {
        let known: SQL = "SELECT 1 FROM devices d WHERE d.user_id = c.id"
        return SecurityEventRow.insertion(
            .newDevice,
            of: """
                (SELECT c.id FROM account c
                 WHERE NOT EXISTS (\(sql: known) AND d.digest = \(opening.mark))
                   AND (EXISTS (\(sql: known)) OR EXISTS (
                       SELECT 1 FROM users o WHERE o.id = c.id AND o.created_at <= now() - interval '1 day')))
                """, session: opening.id, device: opening.device)
    }

    /// `added`: the session, for the one row that `account` has; with none there, nothing is done.
    static func adding(_ opening: SessionOpening) -> SQL {
        let (user, chain) = (opening.userID.uuid, opening.chain)
        let lifeEnd: SQL = "now() + \(opening.life / .seconds(1)) * interval '1 second'"
        // Rows another sign-in is just removing are skipped: two of them never wait for each other.
        return """
            surplus AS (
                SELECT id FROM sessions
                WHERE user_id = \(user)
                  AND (expires_at <= now()
                       OR id <= (SELECT id FROM sessions WHERE user_id = \(user) AND expires_at > now()
                                 ORDER BY id DESC OFFSET \(Session.mostPerUser - 1) LIMIT 1))
                FOR UPDATE SKIP LOCKED
            ), ended AS (
                DELETE FROM sessions s USING surplus, account a WHERE s.id = surplus.id
                RETURNING s.id, s.user_id, s.expires_at, a.epoch
            ), told AS (
                \(sql: IdentityEventRow.endings(of: "ended"))
            ), forgotten AS (
                DELETE FROM devices d USING account WHERE d.digest IN (
                    SELECT digest FROM devices WHERE user_id = \(user) AND digest <> \(opening.mark)
                    ORDER BY last_seen_at DESC OFFSET \(DeviceToken.mostPerUser - 1) FOR UPDATE SKIP LOCKED)
            ), known AS (
                INSERT INTO devices AS d (digest, user_id, first_seen_at, last_seen_at)
                SELECT \(opening.mark), id, now(), now() FROM account
                ON CONFLICT (digest) DO UPDATE SET last_seen_at = now() WHERE d.user_id = excluded.user_id
            ), noticed AS (
                \(sql: notice(of: opening))
            ), added AS (
                INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at, user_agent, address,
                                      refresh_generation, refresh_digest, refresh_spent_at, amr, authenticated_at,
                                      passkey_id)
                SELECT \(opening.id.uuid)::uuid, id, now(), now(), \(sql: lifeEnd), \(opening.device.userAgent),
                       \(opening.device.network), \(Int64(chain.generation))::bigint, \(chain.digest)::bytea,
                       \(chain.spentAt)::timestamptz[], \(opening.methods.stored)::text[], now(),
                       \(opening.passkey?.uuid)::uuid
                FROM account RETURNING id
            )
            """
    }

    public func grant(_ id: SessionID) async throws -> SessionGrant? {
        try await fromPostgres {
            try await settled(
                """
                SELECT \(sql: SessionRow.columns), s.refresh_generation, s.refresh_digest, s.refresh_spent_at,
                       now(), \(sql: UserRow.columns), \(sql: Self.due)
                FROM sessions s JOIN users u ON u.id = s.user_id
                WHERE s.id = \(id.uuid) AND s.expires_at > now()
                """
            ).map(SessionRow.readGrant)
        }
    }

    public func rotate(
        _ id: SessionID, from chain: RefreshChain, to step: RefreshChain.Step, life: Duration
    ) async throws -> Bool {
        try await fromPostgres {
            // Not `now()`: that is when the statement began, and it may have waited for another rotation since.
            try await database.execute(
                """
                UPDATE sessions
                SET last_used_at = clock_timestamp(),
                    expires_at = clock_timestamp() + \(life / .seconds(1)) * interval '1 second',
                    refresh_generation = \(Int64(step.generation)), refresh_digest = \(step.digest),
                    refresh_spent_at = \(step.earlier)::timestamptz[] || clock_timestamp()
                WHERE id = \(id.uuid) AND refresh_generation = \(Int64(chain.generation))
                  AND refresh_digest = \(chain.digest) AND expires_at > now()
                """) == 1
        }
    }

    public func showPassword(_ checked: PasswordHash, of user: UserID, in id: SessionID) async throws -> Bool {
        let stronger = AuthenticationMethod.allCases.filter { Set([$0, .password]).isTwoFactors }.map(\.rawValue)
        return try await fromPostgres {
            try await database.execute(
                """
                WITH account AS (
                    SELECT id FROM users
                    WHERE id = \(user.uuid) AND password_hash = \(checked.phc) AND second_factor IS NULL FOR SHARE
                )
                UPDATE sessions s SET \(sql: SessionRow.showing(.password)) FROM account a
                WHERE s.id = \(id.uuid) AND s.user_id = a.id AND s.expires_at > now() AND NOT s.amr && \(stronger)
                """) == 1
        }
    }

    public func sessions(of user: UserID, page: PageRequest) async throws -> Page<Session> {
        let after = try page.after.map { try SessionCursor($0).id.uuid }
        return try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT \(sql: SessionRow.columns) FROM sessions s
                WHERE s.user_id = \(user.uuid) AND s.expires_at > now()
                  AND (\(after)::uuid IS NULL OR s.id < \(after))
                ORDER BY s.id DESC LIMIT \(page.limit + 1)
                """)
            return Page(try rows.map(SessionRow.read), limit: page.limit) { SessionCursor($0.id).cursor }
        }
    }

    public func end(_ id: SessionID, of user: UserID) async throws -> Bool {
        try await fromPostgres {
            try await database.first(
                """
                WITH \(sql: Self.ending(of: user, "s.id = \(id.uuid)")), told AS (
                    \(sql: IdentityEventRow.endings(of: "ended"))
                )
                SELECT id FROM ended
                """) != nil
        }
    }

    public func endAll(of user: UserID, except kept: SessionID?, by author: AuditAuthor) async throws {
        let accounts = AuditLine.accounts(of: "account", after: "told", where: "EXISTS (SELECT 1 FROM ended)")
        try await fromPostgres {
            _ = try await database.execute(
                """
                WITH \(sql: Self.ending(of: user, "s.id IS DISTINCT FROM \(kept?.uuid)::uuid")), told AS (
                    \(sql: IdentityEventRow.endings(of: "ended")) RETURNING seq
                )
                \(sql: AuditLine.insertion(.sessionsEnded, of: accounts, by: author))
                """)
        }
    }

    public func revoke(_ id: SessionID, of user: UserID, on device: Device) async throws {
        let owner: SQL = "(SELECT user_id AS id FROM ended)"
        try await fromPostgres {
            _ = try await database.execute(
                """
                WITH \(sql: Self.ending(of: user, "s.id = \(id.uuid)")), told AS (
                    \(sql: IdentityEventRow.endings(of: "ended"))
                )
                \(sql: SecurityEventRow.insertion(.refreshTokenReused, of: owner, session: id, device: device))
                """)
        }
    }

    /// `ended`: the sessions of `user` that go, `which` of `sessions s`. The account's row is locked before them, as it is by
    /// whoever erases or changes the account: two of them never wait for each other.
    private static func ending(of user: UserID, _ which: SQL) -> SQL {
        """
        account AS (SELECT id, epoch FROM users WHERE id = \(user.uuid) FOR NO KEY UPDATE), ended AS (
            DELETE FROM sessions s USING account a WHERE s.user_id = a.id AND \(sql: which)
            RETURNING s.id, s.user_id, s.expires_at, a.epoch
        )
        """
    }
}
