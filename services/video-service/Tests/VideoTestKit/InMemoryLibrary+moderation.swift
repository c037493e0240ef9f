public import DomainKit
public import Foundation
public import VideoDomain

extension InMemoryLibrary: RemovalStore {
    public func removal(of video: VideoID) throws -> Removal? {
        try reach()
        return removals[video]
    }

    public func remove(_ id: VideoID, _ removal: Removal, version: Int64?) throws -> Change<Video> {
        try reach()
        guard let video = videos[id], video.state == .ready || video.state == .removed else { return .absent }
        if let version, version != video.version { return .changed }
        if let known = removals[id] {
            if known.reason == removal.reason { return .done(video) }
            removals[id]?.reason = removal.reason
        } else {
            removals[id] = removal
            for report in reports.values where report.videoID == id && report.state == .open {
                decide(report.id, .removed, by: removal.by, at: removal.at)
            }
        }
        return .done(change(video, to: .removed, at: removal.at))
    }

    public func putBack(_ id: VideoID, by moderator: UserID, at time: Date, version: Int64?) throws -> Change<Video> {
        try reach()
        guard let video = videos[id] else { return .absent }
        if let version, version != video.version { return .changed }
        guard video.state == .removed else { return .done(video) }
        removals[id] = nil
        return .done(change(video, to: .ready, at: time))
    }

    public func appeal(_ id: VideoID, _ appeal: Appeal) throws -> Appealing {
        try reach()
        guard let video = videos[id], let removal = removals[id] else { return .notRemoved }
        if let earlier = removal.appeal { return .already(earlier) }
        guard appeal.at < removal.eraseAt else { return .tooLate }
        removals[id]?.appeal = appeal
        _ = change(video, to: .removed, at: appeal.at)
        return .made(appeal)
    }

    public func decide(
        _ id: VideoID, _ decision: AppealDecision, _ verdict: Verdict, version: Int64?
    ) throws -> AppealOutcome {
        try reach()
        guard let video = videos[id], let appeal = removals[id]?.appeal else { return .absent }
        if let version, version != video.version { return .changed }
        guard appeal.state == .open else { return .decided }
        if decision == .granted {
            removals[id] = nil
            return .done(change(video, to: .ready, at: verdict.at))
        }
        removals[id]?.appeal?.state = .rejected
        removals[id]?.appeal?.decidedAt = verdict.at
        removals[id]?.appeal?.answer = verdict.answer
        return .done(change(video, to: .removed, at: verdict.at))
    }

    public func overdueRemovals(at time: Date, limit: Int) throws -> [Video] {
        try reach()
        let due = removals.filter { $0.value.eraseAt < time && $0.value.appeal?.state != .open }
            .sorted { $0.value.eraseAt < $1.value.eraseAt }
        return due.prefix(limit).compactMap { videos[$0.key] }
    }

    private func change(_ video: Video, to state: Video.State, at time: Date) -> Video {
        var video = video
        (video.state, video.updatedAt) = (state, time)
        video.version += 1
        videos[video.id] = video
        return video
    }

    private func decide(_ id: ReportID, _ decision: VideoReport.Decision, by moderator: UserID, at time: Date) {
        reports[id]?.decision = decision
        reports[id]?.decidedBy = moderator
        reports[id]?.decidedAt = time
    }
}

extension InMemoryLibrary: ReportStore {
    public func report(_ report: VideoReport) throws -> Reporting {
        try reach()
        guard videos[report.videoID]?.state == .ready else { return .absent }
        let first = reports.values.first { $0.videoID == report.videoID && $0.reporterID == report.reporterID }
        if let first { return .already(first) }
        reports[report.id] = report
        return .made(report)
    }

    public func report(_ id: ReportID) throws -> ReportedVideo? {
        try reach()
        return reports[id].flatMap(withVideo)
    }

    public func reports(_ query: ReportQuery, _ page: PageRequest) throws -> Page<ReportedVideo> {
        try reach()
        let wanted = reports.values.filter { report in
            query.state.map { $0 == report.state } ?? true && query.video.map { $0 == report.videoID } ?? true
        }
        let sorted = wanted.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.compactMap(withVideo)
        return try paged(sorted, page) { Cursor(["report", "\($0.report.id)"]) }
    }

    public func dismiss(_ id: ReportID, _ verdict: Verdict) throws -> ReportedVideo? {
        try reach()
        guard reports[id]?.state == .open else { return nil }
        decide(id, .dismissed, by: verdict.by, at: verdict.at)
        return try report(id)
    }

    private func withVideo(_ report: VideoReport) -> ReportedVideo? {
        videos[report.videoID].map { ReportedVideo(report: report, video: $0) }
    }
}
