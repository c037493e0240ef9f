public import DomainKit
import Foundation

/// Takes a video down: nobody but its owner and those who look after the platform may know of it, and nobody plays it.
///
/// Its bytes stay as long as its owner may appeal. Again is success, with the reason as it is said last. Open reports of it are decided
/// by it. Fails: `video.not-found`; `video.changed`, with a `precondition`, when somebody was faster.
public struct RemoveVideo<Videos: VideoStore>: Sendable {
    let videos: Videos
    let removals: any RemovalStore
    let clock: any WallClock
    let appealTime: Duration

    /// `appealTime` is how long the owner may appeal.
    public init(videos: Videos, removals: any RemovalStore, clock: any WallClock, appealTime: Duration) {
        self.videos = videos
        self.removals = removals
        self.clock = clock
        self.appealTime = appealTime
    }

    /// `precondition` sees the video before, and throws when the caller knew another version of it; nil where they named none.
    public func callAsFunction(
        _ id: VideoID, because reason: Statement, as moderator: Moderator, precondition: ((Video) throws -> Void)?
    ) async throws -> SeenVideo {
        guard let video = try await videos.find(id, visibleTo: moderator.viewer) else { throw Failure.videoNotFound }
        try precondition?(video)
        let removal = Removal(
            reason: reason, by: moderator.id, at: clock.now,
            eraseAt: clock.now + Double(appealTime.components.seconds))
        switch try await removals.remove(id, removal, version: precondition == nil ? nil : video.version) {
        case .done(let video): return SeenVideo(video: video, removal: try await removals.removal(of: id))
        case .changed: throw Failure.videoChanged
        case .absent: throw Failure.videoNotFound
        }
    }
}
