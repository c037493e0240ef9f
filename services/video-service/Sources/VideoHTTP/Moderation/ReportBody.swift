import DomainKit
import HTTPKit
import VideoDomain

/// A report on the wire, as whoever made it sees it.
struct ReportBody: JSONWritable {
    /// What making one takes.
    struct Wanted: Decodable {
        let reason: Statement
    }

    /// What deciding one takes.
    struct Verdict: Decodable {
        let decision: Choice<VideoReport.Decision>
        let reason: PatchField<Statement>

        /// Fails: `platform.invalid-input` for taking a video down without a reason to tell its owner.
        func checked() throws(Failure) -> ReportDecision {
            switch decision.value {
            case .dismissed: return .dismissed
            case .removed:
                guard let reason = reason.value else {
                    throw .invalid([
                        Violation(pointer: "/reason", code: "missing", detail: "Its owner has to be told why.")
                    ])
                }
                return .removed(because: reason)
            }
        }
    }

    let report: VideoReport

    init(_ report: VideoReport) {
        self.report = report
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", report.id)
            $0.member("video_id", report.videoID)
            $0.member("reason", report.reason.text)
            $0.member("state", report.state.rawValue)
            $0.member("created_at", report.at)
        }
    }
}

/// A report on the wire, as those see it who decide it.
struct ReportedVideoBody: JSONWritable {
    let found: ReportedVideo
    private let reporterID: UserID?
    private let poster: String?

    /// An owner is not told who reported it, be they a moderator themselves.
    init(_ found: ReportedVideo, to viewer: Viewer, poster: String?) {
        self.found = found
        self.poster = poster
        reporterID = found.video.ownerID == viewer.id ? nil : found.report.reporterID
    }

    /// What was decided, and the version of the video, which is part of what is shown. A decision needs the first alone.
    static func etag(of found: ReportedVideo) -> ETag {
        ETag("\(decision(found.report)).\(VideoBody.etag(of: found.video).value)")
    }

    static func etag(of report: VideoReport) -> ETag { ETag(decision(report)) }

    private static func decision(_ report: VideoReport) -> String { report.decision?.rawValue ?? "open" }

    func write(to json: inout JSONWriter) {
        let report = found.report
        json.object {
            $0.member("id", report.id)
            $0.member("video", VideoBody(found.video, poster: poster))
            $0.member("reporter_id", reporterID)
            $0.member("reason", report.reason.text)
            $0.member("state", report.state.rawValue)
            $0.member("decision", report.decision?.rawValue)
            $0.member("decided_by", report.decidedBy)
            $0.member("decided_at", report.decidedAt)
            $0.member("created_at", report.at)
        }
    }
}
