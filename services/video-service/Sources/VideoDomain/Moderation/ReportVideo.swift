public import DomainKit
public import Foundation

/// Tells those who look after the platform of a video that one may know of, once.
///
/// Fails: `video.not-found`; `video.not-ready`, `video.removed` for one's own.
public struct ReportVideo<Videos: VideoStore>: Sendable {
    let videos: Videos
    let reports: any ReportStore
    let clock: any WallClock
    let ids: any IDSource

    public init(videos: Videos, reports: any ReportStore, clock: any WallClock, ids: any IDSource) {
        self.videos = videos
        self.reports = reports
        self.clock = clock
        self.ids = ids
    }

    /// Again gives the first report. `effect` is the same over all tries of one call and becomes the report's id.
    public func callAsFunction(
        _ id: VideoID, because reason: Statement, effect: UUID? = nil, as viewer: Viewer
    ) async throws -> (report: VideoReport, isNew: Bool) {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        if video.state == .removed { throw Failure.videoRemoved }
        guard video.state == .ready else { throw Failure.videoNotReady }
        let report = VideoReport(
            id: ReportID(effect ?? ids.ordered()), videoID: id, reporterID: viewer.id, reason: reason, at: clock.now)
        switch try await reports.report(report) {
        case .made(let report): return (report, true)
        case .already(let first): return (first, first.id == report.id)
        case .absent: throw Failure.videoNotFound
        }
    }
}
