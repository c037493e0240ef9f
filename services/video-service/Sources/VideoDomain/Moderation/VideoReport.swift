public import DomainKit
public import Foundation

public typealias ReportID = ID<VideoReport>

/// What somebody says is wrong with a video.
public struct VideoReport: Sendable, Hashable {
    /// What was decided about it.
    public enum Decision: String, Sendable, Hashable, CaseIterable {
        /// The video stays.
        case dismissed
        /// The video was taken down.
        case removed
    }

    public enum State: String, Sendable, Hashable, CaseIterable {
        case open, decided
    }

    public let id: ReportID
    public let videoID: VideoID
    /// Nil once the account is erased.
    public let reporterID: UserID?
    public let reason: Statement
    public let at: Date
    public var decision: Decision?
    public var decidedBy: UserID?
    public var decidedAt: Date?

    public init(
        id: ReportID, videoID: VideoID, reporterID: UserID?, reason: Statement, at: Date, decision: Decision? = nil,
        decidedBy: UserID? = nil, decidedAt: Date? = nil
    ) {
        self.id = id
        self.videoID = videoID
        self.reporterID = reporterID
        self.reason = reason
        self.at = at
        self.decision = decision
        self.decidedBy = decidedBy
        self.decidedAt = decidedAt
    }

    public var state: State { decision == nil ? .open : .decided }
}

/// A report with the video it is about, as it is now.
public struct ReportedVideo: Sendable, Hashable {
    public var report: VideoReport
    public var video: Video

    public init(report: VideoReport, video: Video) {
        self.report = report
        self.video = video
    }
}

/// Which reports a list is to have.
public struct ReportQuery: Sendable, Hashable {
    public var state: VideoReport.State?
    public var video: VideoID?

    public init(state: VideoReport.State? = nil, video: VideoID? = nil) {
        self.state = state
        self.video = video
    }
}
