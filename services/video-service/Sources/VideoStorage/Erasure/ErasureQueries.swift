import DomainKit
import Postgres

/// The SQL that takes an erased account out of what is not its own, a row for each that changed.
enum ErasureQueries {
    static func removeShares(of account: UserID, limit: Int) -> SQL {
        """
        DELETE FROM video_shares WHERE user_id = \(account.uuid) AND video_id IN (
            SELECT video_id FROM video_shares WHERE user_id = \(account.uuid) ORDER BY video_id LIMIT \(limit))
        RETURNING 1
        """
    }

    static func removeGrants(of account: UserID, limit: Int) -> SQL {
        """
        DELETE FROM playback_grants WHERE id IN (
            SELECT id FROM playback_grants WHERE user_id = \(account.uuid) ORDER BY id LIMIT \(limit))
        RETURNING 1
        """
    }

    /// Reports are about the video, and are decided all the same.
    static func leaveReports(of account: UserID, limit: Int) -> SQL {
        """
        UPDATE video_reports SET reporter_id = NULL WHERE report_id IN (
            SELECT report_id FROM video_reports WHERE reporter_id = \(account.uuid) ORDER BY report_id LIMIT \(limit))
        RETURNING 1
        """
    }

    /// The one change that `moderation_actions` lets through.
    static func removeWords(about account: UserID, limit: Int) -> SQL {
        """
        UPDATE moderation_actions SET reason = NULL WHERE id IN (
            SELECT id FROM moderation_actions WHERE owner_id = \(account.uuid) AND reason IS NOT NULL
            ORDER BY id LIMIT \(limit))
        RETURNING 1
        """
    }
}
