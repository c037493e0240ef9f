import DomainKit
import Postgres
import VideoDomain

/// Who may know of a video, in SQL, for whatever asks: `Video.isVisible` and `Video.isListed` say the same.
enum VisibilityRule {
    /// Whatever it is.
    static func isOwn(_ viewer: Viewer) -> SQL { "owner_id = \(viewer.id.uuid)" }

    /// In everybody's lists and searches. As the partial indexes have it, which count only for the same words.
    static let isListedForAll: SQL = "visibility IN ('public', 'members') AND state = 'ready'"

    /// Of `videos`, under that name.
    static func isVisible(to viewer: Viewer) -> SQL {
        """
        (\(sql: isOwn(viewer)) OR (state = 'ready' AND (visibility IN ('public', 'unlisted', 'members')
            OR (visibility = 'private' AND EXISTS (
                SELECT FROM video_shares WHERE video_id = videos.id AND user_id = \(viewer.id.uuid)))))
            \(sql: viewer.looksAfterPlatform ? isUnderReview : ""))
        """
    }

    /// What those who look after the platform know of beside that.
    private static let isUnderReview: SQL = """
        OR state = 'removed' OR (state = 'ready' AND EXISTS (
            SELECT FROM video_reports WHERE video_id = videos.id AND decision IS NULL))
        """

    /// Less than what may be known.
    static func isListed(for viewer: Viewer) -> SQL {
        "(\(sql: isOwn(viewer)) OR (\(sql: isListedForAll)))"
    }

    /// What is in everybody's lists and not one's own.
    static func isListedOfOthers(for viewer: Viewer) -> SQL {
        "\(sql: isListedForAll) AND NOT (\(sql: isOwn(viewer)))"
    }
}
