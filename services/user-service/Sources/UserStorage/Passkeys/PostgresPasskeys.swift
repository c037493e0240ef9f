public import DomainKit
public import Foundation
public import Postgres
import StorageKit
public import UserDomain
public import WebAuthn

/// Passkeys in PostgreSQL, and the challenges they answer.
///
/// Whatever changes one locks the account's row first, as sign-ins do; then come the passkey, the sessions, the head of the
/// events and that of the audit trail.
public struct PostgresPasskeys: Sendable {
    let database: PostgresClient

    public init(database: PostgresClient) {
        self.database = database
    }
}

extension PostgresPasskeys: PasskeyStore {
    public func keep(_ challenge: PasskeyChallenge, for ceremony: PasskeyCeremony) async throws {
        let life = KeptPasskey.challengeLife / .seconds(1)
        _ = try await fromPostgres {
            try await database.execute(
                """
                INSERT INTO passkey_challenges (challenge, user_id, session_id, expires_at)
                VALUES (\(challenge.bytes), \(ceremony.account), \(ceremony.session), now() + \(life) * interval '1 second')
                """)
        }
    }

    public func take(_ challenge: PasskeyChallenge, for ceremony: PasskeyCeremony) async throws -> Bool {
        try await fromPostgres {
            try await database.first(
                """
                DELETE FROM passkey_challenges
                WHERE challenge = \(challenge.bytes) AND user_id IS NOT DISTINCT FROM \(ceremony.account)::uuid
                  AND session_id IS NOT DISTINCT FROM \(ceremony.session)::uuid
                RETURNING expires_at > now()
                """)?.decode(Bool.self) ?? false
        }
    }

    public func passkeys(of user: UserID, page: PageRequest) async throws -> Page<KeptPasskey> {
        let after = try page.after.map { try PasskeyCursor($0).id.uuid }
        return try await fromPostgres {
            let rows = try await database.query(
                """
                SELECT \(sql: PasskeyRow.columns) FROM passkeys p
                WHERE p.user_id = \(user.uuid) AND (\(after)::uuid IS NULL OR p.id < \(after))
                ORDER BY p.id DESC LIMIT \(page.limit + 1)
                """)
            return Page(try rows.map { try PasskeyRow.read($0) }, limit: page.limit) { PasskeyCursor($0.id).cursor }
        }
    }

    public func passkey(_ id: PasskeyID, of user: UserID) async throws -> KeptPasskey? {
        try await fromPostgres {
            try await database.first(
                """
                SELECT \(sql: PasskeyRow.columns) FROM passkeys p WHERE p.id = \(id.uuid) AND p.user_id = \(user.uuid)
                """
            ).map { try PasskeyRow.read($0) }
        }
    }

    public func holder(of credential: Data, device: DeviceMark?) async throws -> PasskeyHolder? {
        try await fromPostgres {
            try await PostgresAccounts(database: database).settled(
                """
                SELECT \(sql: UserRow.credentials(device: device)), \(sql: PasskeyRow.columns),
                       \(sql: PostgresAccounts.due)
                FROM passkeys p JOIN users u ON u.id = p.user_id WHERE p.credential_id = \(credential)
                """
            ).map { row in
                PasskeyHolder(
                    kept: try PasskeyRow.read(row, from: UserRow.credentialsCount),
                    account: try UserRow.readCredentials(row))
            }
        }
    }

    /// One statement. Of two uses with one counter the later finds that it is not the one any more that it checked against.
    public func open(_ opening: SessionOpening, with kept: KeptPasskey, after use: PasskeyUse) async throws -> Bool {
        try await fromPostgres {
            try await database.first(
                """
                WITH checked AS (\(sql: CheckedAccount(opening).row)), account AS (
                    UPDATE passkeys p SET \(sql: Self.used(use)) FROM checked c
                    WHERE p.id = \(kept.id.uuid) AND p.user_id = c.id
                      AND p.signature_count = \(Int64(kept.passkey.signatureCount))
                    RETURNING c.id, c.epoch
                ), \(sql: PostgresAccounts.adding(opening))
                SELECT id FROM added
                """) != nil
        }
    }

    /// One statement, which locks as `open` does: of two with one counter the later finds another one.
    public func show(_ kept: KeptPasskey, in session: SessionID, after use: PasskeyUse) async throws -> Bool {
        try await fromPostgres {
            try await database.first(
                """
                WITH account AS (SELECT id FROM users WHERE id = \(kept.userID.uuid) FOR SHARE), open AS (
                    SELECT s.id FROM sessions s JOIN account a ON a.id = s.user_id
                    WHERE s.id = \(session.uuid) AND s.expires_at > now() FOR UPDATE OF s
                ), used AS (
                    UPDATE passkeys p SET \(sql: Self.used(use)) FROM open o
                    WHERE p.id = \(kept.id.uuid)
                      AND p.signature_count = \(Int64(kept.passkey.signatureCount))
                    RETURNING p.id, o.id AS session_id
                )
                UPDATE sessions s
                SET \(sql: SessionRow.showing(kept.method)), passkey_id = coalesce(s.passkey_id, u.id)
                FROM used u WHERE s.id = u.session_id RETURNING s.id
                """) != nil
        }
    }

    /// For a `SET` of `passkeys`.
    private static func used(_ use: PasskeyUse) -> SQL {
        """
        signature_count = \(Int64(use.signatureCount)), is_backed_up = \(use.isBackedUp), last_used_at = now()
        """
    }
}

extension PasskeyCeremony {
    /// How a challenge for it is laid out: for a step up the session alone, so that replicas of before take it for no creation.
    fileprivate var account: UUID? { if case .creation(let user) = self { user.uuid } else { nil } }
    fileprivate var session: UUID? { if case .stepUp(let session) = self { session.uuid } else { nil } }
}
