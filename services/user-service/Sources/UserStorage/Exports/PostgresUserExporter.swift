public import DataExports
import Foundation
import IdentityEvents
public import Postgres

/// What user-service has of somebody, without secrets and their digests, and without a word of who else had to do with it.
public enum PostgresUserExporter {
    public static func exporter(_ database: PostgresClient) -> RowExporter {
        RowExporter(database: database, [account, sessions, passkeys, securityEvents, mails, audit, acts])
    }

    /// With what there is a hundred of at most, or one.
    private static let account = ExportedRows("account") { account, key in
        """
        SELECT json_build_object('id', u.id, 'email', u.email, 'email_verified', u.is_email_verified,
            'display_name', u.display_name, 'locale', u.locale, 'roles', u.roles, 'created_at', u.created_at,
            'updated_at', u.updated_at, 'has_second_factor', u.second_factor IS NOT NULL,
            'ban', CASE WHEN u.banned_at IS NOT NULL THEN json_build_object(
                'at', u.banned_at, 'until', u.banned_until, 'reason', u.ban_reason) END,
            'membership', json_build_object('tier', u.tier, 'valid_from', u.member_from,
                'valid_until', u.member_until, 'source', u.member_source,
                'reports', (SELECT coalesce(json_agg(json_build_object('source', r.source, 'at', r.at) ORDER BY r.source),
                    '[]') FROM membership_reports r WHERE r.user_id = u.id)),
            'email_change', (SELECT json_build_object('to', c.email, 'expires_at', c.expires_at)
                FROM email_changes c WHERE c.user_id = u.id),
            'erase_at', (SELECT p.erase_at FROM pending_erasures p WHERE p.user_id = u.id),
            'devices', (SELECT coalesce(json_agg(json_build_object('first_seen_at', d.first_seen_at,
                'last_seen_at', d.last_seen_at) ORDER BY d.first_seen_at), '[]')
                FROM devices d WHERE d.user_id = u.id),
            'exports', (SELECT coalesce(json_agg(json_build_object('id', x.id, 'created_at', x.created_at,
                'expires_at', x.expires_at) ORDER BY x.created_at), '[]')
                FROM data_exports x WHERE x.user_id = u.id))::text, u.id::text
        FROM users u WHERE u.id = \(account) AND \(key)::text IS NULL
        """
    }

    private static let sessions = ExportedRows("sessions") { account, key in
        """
        SELECT json_build_object('id', id, 'created_at', created_at, 'authenticated_at', authenticated_at, 'amr', amr,
            'last_used_at', last_used_at, 'expires_at', expires_at, 'user_agent', user_agent,
            'network', address)::text, id::text
        FROM sessions WHERE user_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    private static let passkeys = ExportedRows("passkeys") { account, key in
        """
        SELECT json_build_object('id', id, 'name', name, 'created_at', created_at, 'last_used_at', last_used_at,
            'model', model, 'is_backed_up', is_backed_up)::text, id::text
        FROM passkeys WHERE user_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    private static let securityEvents = ExportedRows("security-events") { account, key in
        """
        SELECT json_build_object('id', id, 'kind', kind, 'at', at, 'session_id', session_id, 'user_agent', user_agent,
            'network', address, 'email', email)::text, id::text
        FROM security_events WHERE user_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// That they were written, and not what was in them, which is with whoever they went to: some open the account.
    private static let mails = ExportedRows("mails") { account, key in
        """
        SELECT json_build_object('kind', kind, 'email', email, 'name', name, 'locale', locale, 'created_at', created_at,
            'state', state, 'ended_at', ended_at)::text, id::text
        FROM mails WHERE user_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// What was done to the account; not by whom.
    private static let audit = ExportedRows("audit") { account, key in
        """
        SELECT json_build_object('at', at, 'action', action, 'reason', reason, 'before', before, 'after', after)::text,
            seq::text
        FROM audit_events WHERE subject_id = \(account) AND seq > coalesce(\(key)::bigint, 0)
        ORDER BY seq LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// What the account did to others; not to whom.
    private static let acts = ExportedRows("acts") { account, key in
        """
        SELECT json_build_object('at', at, 'action', action)::text, seq::text
        FROM audit_events WHERE actor_id = \(account) AND subject_id IS DISTINCT FROM actor_id
            AND seq > coalesce(\(key)::bigint, 0)
        ORDER BY seq LIMIT \(ExportPiece.rowsAtATime)
        """
    }
}
