public import DomainKit

/// Grants an appeal, which puts the video back, or rejects it: then it goes when its time is over.
///
/// Fails: `video.not-found`, `video.no-appeal`, `video.appeal-decided`; `video.changed`, with a `precondition`, when somebody was
/// faster.
public struct DecideAppeal<Videos: VideoStore>: Sendable {
    let videos: Videos
    let removals: any RemovalStore
    let clock: any WallClock

    public init(videos: Videos, removals: any RemovalStore, clock: any WallClock) {
        self.videos = videos
        self.removals = removals
        self.clock = clock
    }

    public func callAsFunction(
        _ id: VideoID, _ decision: AppealDecision, answer: Statement?, as moderator: Moderator,
        precondition: ((Video) throws -> Void)?
    ) async throws -> SeenVideo {
        guard let video = try await videos.find(id, visibleTo: moderator.viewer) else { throw Failure.videoNotFound }
        try precondition?(video)
        let verdict = Verdict(by: moderator.id, at: clock.now, answer: answer)
        let version = precondition == nil ? nil : video.version
        switch try await removals.decide(id, decision, verdict, version: version) {
        case .done(let video): return SeenVideo(video: video, removal: try await removals.removal(of: id))
        case .decided: throw Failure.appealDecided
        case .absent: throw Failure.noAppeal
        case .changed: throw Failure.videoChanged
        }
    }
}
