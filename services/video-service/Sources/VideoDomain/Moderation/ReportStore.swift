public import DomainKit

/// The port to reports of videos. They go with their video. Fails: `unavailable`.
public protocol ReportStore: Sendable {
    /// Stores a report of a video that is ready; where this person has reported it before, that report is the answer.
    func report(_ report: VideoReport) async throws -> Reporting

    func report(_ id: ReportID) async throws -> ReportedVideo?

    /// In the order they came in. Fails: `invalidInput` for a cursor this list did not give.
    func reports(_ query: ReportQuery, _ page: PageRequest) async throws -> Page<ReportedVideo>

    /// Decides an open report for the video, in one transaction with a line of who did it. Nil when it is not open.
    func dismiss(_ id: ReportID, _ verdict: Verdict) async throws -> ReportedVideo?
}

/// What came of reporting.
public enum Reporting: Sendable, Hashable {
    case made(VideoReport)
    case already(VideoReport)
    /// There is no such video, or it is not ready.
    case absent
}
