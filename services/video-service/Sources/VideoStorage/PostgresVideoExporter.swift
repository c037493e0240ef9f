public import DataExports
import Foundation
import IdentityEvents
public import Postgres

/// What is known of somebody's videos, of those on their way, and of what was made of them; not whom else it is about. The bytes of
/// a video are what its owner sent, and are fetched as they are watched.
public enum PostgresVideoExporter {
    public static func exporter(_ database: PostgresClient) -> RowExporter {
        RowExporter(database: database, [videos, uploads, sharedWithMe, playing, reports, moderation, acts])
    }

    private static let videos = ExportedRows("videos") { account, key in
        """
        SELECT json_build_object('id', id, 'title', title, 'description', description, 'tags', tags,
            'visibility', visibility, 'state', state, 'content_type', content_type, 'filename', filename, 'size', size,
            'sha256', sha256, 'created_at', created_at, 'updated_at', updated_at,
            'processing', (SELECT json_build_object('state', p.state, 'reason', p.reason, 'duration_ms', p.duration_ms,
                'width', p.width, 'height', p.height, 'made', p.made) FROM processing_jobs p WHERE p.video_id = v.id),
            'shared_with', (SELECT count(*) FROM video_shares s WHERE s.video_id = v.id),
            'removal', (SELECT json_build_object('reason', r.reason, 'at', r.removed_at, 'erase_at', r.erase_at,
                'appeal', r.appeal_text, 'appealed_at', r.appealed_at, 'appeal_state', r.appeal_state,
                'decided_at', r.decided_at, 'answer', r.answer)
                FROM video_removals r WHERE r.video_id = v.id))::text, id::text
        FROM videos v WHERE owner_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    private static let uploads = ExportedRows("uploads") { account, key in
        """
        SELECT json_build_object('id', id, 'video_id', video_id, 'size', size, 'received', received, 'state', state,
            'metadata', metadata, 'sha256', sha256, 'created_at', created_at, 'expires_at', expires_at)::text, id::text
        FROM uploads WHERE owner_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// Others' videos that the account may see.
    private static let sharedWithMe = ExportedRows("shared-with-me") { account, key in
        """
        SELECT json_build_object('video_id', video_id, 'shared_at', shared_at)::text, video_id::text
        FROM video_shares WHERE user_id = \(account) AND (\(key)::uuid IS NULL OR video_id > \(key)::uuid)
        ORDER BY video_id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// What the account plays, by addresses that still count or did within a day.
    private static let playing = ExportedRows("playing") { account, key in
        """
        SELECT json_build_object('video_id', video_id, 'at', confirmed_at, 'until', expires_at)::text, id::text
        FROM playback_grants WHERE user_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// What the account reported.
    private static let reports = ExportedRows("reports") { account, key in
        """
        SELECT json_build_object('id', report_id, 'video_id', video_id, 'reason', reason, 'reported_at', reported_at,
            'decision', decision, 'decided_at', decided_at)::text, report_id::text
        FROM video_reports WHERE reporter_id = \(account) AND (\(key)::uuid IS NULL OR report_id > \(key)::uuid)
        ORDER BY report_id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// What was decided about the account's videos.
    private static let moderation = ExportedRows("moderation") { account, key in
        """
        SELECT json_build_object('at', at, 'action', action, 'video_id', video_id, 'reason', reason)::text, id::text
        FROM moderation_actions WHERE owner_id = \(account) AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }

    /// What the account decided about others' videos.
    private static let acts = ExportedRows("acts") { account, key in
        """
        SELECT json_build_object('at', at, 'action', action)::text, id::text
        FROM moderation_actions WHERE actor_id = \(account) AND owner_id <> actor_id AND (\(key)::uuid IS NULL OR id > \(key)::uuid)
        ORDER BY id LIMIT \(ExportPiece.rowsAtATime)
        """
    }
}
