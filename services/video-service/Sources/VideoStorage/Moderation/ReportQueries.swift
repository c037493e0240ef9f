import DomainKit
import Foundation
import Postgres
import StorageKit
import VideoDomain

/// The SQL of reports, and how a row becomes one.
enum ReportQueries {
    /// No two columns of the two tables share a name.
    private static let withVideos: SQL = """
        SELECT \(sql: VideoQueries.columns), report_id, reporter_id, reason, reported_at, decision, decided_by, decided_at
        FROM video_reports JOIN videos ON videos.id = video_reports.video_id
        """

    static func find(_ id: ReportID) -> SQL { "\(sql: withVideos) WHERE report_id = \(id.uuid)" }

    static func find(of video: VideoID, by reporter: UserID) -> SQL {
        "\(sql: withVideos) WHERE video_id = \(video.uuid) AND reporter_id = \(reporter.uuid)"
    }

    static func list(_ query: ReportQuery, limit: Int, after: (at: Date, id: ReportID)?) -> SQL {
        var filter: SQL = "TRUE"
        switch query.state {
        case .open: filter.append(" AND decision IS NULL")
        case .decided: filter.append(" AND decision IS NOT NULL")
        case nil: break
        }
        if let video = query.video { filter.append(" AND video_id = \(video.uuid)") }
        if let after { filter.append(" AND (reported_at, report_id) > (\(after.at), \(after.id.uuid))") }
        return "\(sql: withVideos) WHERE \(sql: filter) ORDER BY reported_at, report_id LIMIT \(limit)"
    }

    static func insert(_ report: VideoReport) -> SQL {
        """
        INSERT INTO video_reports (report_id, video_id, reporter_id, reason, reported_at)
        VALUES (\(report.id.uuid), \(report.videoID.uuid), \(report.reporterID?.uuid), \(report.reason.text), \(report.at))
        """
    }

    /// Those that are open.
    static func decide(of video: VideoID, _ decision: VideoReport.Decision, by moderator: UserID, at time: Date) -> SQL
    {
        """
        UPDATE video_reports SET decision = \(decision.rawValue), decided_by = \(moderator.uuid), decided_at = \(time)
        WHERE video_id = \(video.uuid) AND decision IS NULL
        """
    }

    static func dismiss(_ id: ReportID, _ verdict: Verdict) -> SQL {
        """
        UPDATE video_reports SET decision = \(VideoReport.Decision.dismissed.rawValue),
            decided_by = \(verdict.by.uuid), decided_at = \(verdict.at)
        WHERE report_id = \(id.uuid) AND decision IS NULL RETURNING 1
        """
    }

    static func cursor(of row: PostgresRow) throws -> Cursor {
        Cursor([
            Cursor.part(try row["reported_at", as: Date.self]),
            ReportID(try row["report_id", as: UUID.self]).description,
        ])
    }

    /// Nil for a row with a name that this version does not have.
    static func reported(_ row: PostgresRow) throws -> ReportedVideo? {
        guard let video = try VideoQueries.video(row) else { return nil }
        var decision: VideoReport.Decision?
        if let name = try row["decision", as: String?.self] {
            guard let known: VideoReport.Decision = known(name) else { return nil }
            decision = known
        }
        return ReportedVideo(
            report: VideoReport(
                id: ReportID(try row["report_id", as: UUID.self]), videoID: video.id,
                reporterID: try row["reporter_id", as: UUID?.self].map { UserID($0) },
                reason: Statement(stored: try row["reason", as: String.self]),
                at: try row["reported_at", as: Date.self], decision: decision,
                decidedBy: try row["decided_by", as: UUID?.self].map { UserID($0) },
                decidedAt: try row["decided_at", as: Date?.self]),
            video: video)
    }
}
