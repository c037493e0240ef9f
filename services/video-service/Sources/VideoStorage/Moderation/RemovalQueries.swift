import DomainKit
import Foundation
import Postgres
import StorageKit
import VideoDomain

/// The SQL of what is taken down, and how a row becomes it.
enum RemovalQueries {
    private static let columns: SQL = """
        reason, removed_by, removed_at, erase_at, appeal_id, appeal_text, appealed_at, appeal_state, decided_at, answer
        """

    static func find(_ video: VideoID) -> SQL {
        "SELECT \(sql: columns) FROM video_removals WHERE video_id = \(video.uuid)"
    }

    /// The video, which stays as it is until the transaction ends.
    static func lock(_ video: VideoID) -> SQL {
        "SELECT \(sql: VideoQueries.columns) FROM videos WHERE id = \(video.uuid) FOR UPDATE"
    }

    /// As its next version, whatever of its removal changed.
    static func update(_ video: VideoID, to state: Video.State, at time: Date) -> SQL {
        """
        UPDATE videos SET state = \(state.rawValue), updated_at = \(time), version = version + 1
        WHERE id = \(video.uuid) RETURNING \(sql: VideoQueries.columns)
        """
    }

    static func insert(_ removal: Removal, of video: VideoID) -> SQL {
        """
        INSERT INTO video_removals (video_id, reason, removed_by, removed_at, erase_at)
        VALUES (\(video.uuid), \(removal.reason.text), \(removal.by.uuid), \(removal.at), \(removal.eraseAt))
        """
    }

    static func explain(_ reason: Statement, of video: VideoID) -> SQL {
        "UPDATE video_removals SET reason = \(reason.text) WHERE video_id = \(video.uuid)"
    }

    static func delete(of video: VideoID) -> SQL { "DELETE FROM video_removals WHERE video_id = \(video.uuid)" }

    static func appeal(_ appeal: Appeal, of video: VideoID) -> SQL {
        """
        UPDATE video_removals SET appeal_id = \(appeal.id.uuid), appeal_text = \(appeal.text.text),
            appealed_at = \(appeal.at), appeal_state = \(appeal.state.rawValue)
        WHERE video_id = \(video.uuid)
        """
    }

    static func reject(of video: VideoID, _ verdict: Verdict) -> SQL {
        """
        UPDATE video_removals SET appeal_state = \(Appeal.State.rejected.rawValue), decided_at = \(verdict.at),
            answer = \(verdict.answer?.text)
        WHERE video_id = \(video.uuid)
        """
    }

    /// Tells replicas of the release before, once it is committed; those of this one are told by a trigger.
    static let announce: SQL = "SELECT pg_notify('videos_taken_down', '')"

    static func overdue(at time: Date, limit: Int) -> SQL {
        """
        SELECT \(sql: VideoQueries.columns) FROM videos WHERE id IN (
            SELECT video_id FROM video_removals WHERE erase_at < \(time) AND appeal_state IS DISTINCT FROM 'open'
            ORDER BY erase_at LIMIT \(limit))
        """
    }

    /// A line of who did what.
    static func note(
        _ action: ModerationAction, of video: Video, by actor: UserID, at time: Date, _ reason: Statement?
    ) -> SQL {
        """
        INSERT INTO moderation_actions (at, actor_id, action, video_id, owner_id, reason)
        VALUES (\(time), \(actor.uuid), \(action.rawValue), \(video.id.uuid), \(video.ownerID.uuid), \(reason?.text))
        """
    }

    static func removal(_ row: PostgresRow) throws -> Removal {
        let appealID = try row["appeal_id", as: UUID?.self]
        let (text, at) = (try row["appeal_text", as: String?.self], try row["appealed_at", as: Date?.self])
        var appeal: Appeal?
        if let appealID, let text, let at,
            let state: Appeal.State = known(try row["appeal_state", as: String?.self] ?? "")
        {
            appeal = Appeal(
                id: AppealID(appealID), text: Statement(stored: text), at: at, state: state,
                decidedAt: try row["decided_at", as: Date?.self],
                answer: try row["answer", as: String?.self].map { Statement(stored: $0) })
        }
        return Removal(
            reason: Statement(stored: try row["reason", as: String.self]),
            by: UserID(try row["removed_by", as: UUID.self]), at: try row["removed_at", as: Date.self],
            eraseAt: try row["erase_at", as: Date.self], appeal: appeal)
    }
}

/// What `moderation_actions` has lines of.
enum ModerationAction: String {
    case removed, explained
    case putBack = "put-back"
    case appealed
    case appealGranted = "appeal-granted"
    case appealRejected = "appeal-rejected"
    case reportDismissed = "report-dismissed"
}
