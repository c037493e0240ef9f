public import DomainKit
public import Foundation

/// Says what speaks against taking one's own video down, once and in time; the video stays until that is decided.
///
/// Fails: `video.not-found`, `video.not-yours`, `video.not-removed`, `video.appeal-made`, `video.appeal-over`.
public struct AppealRemoval<Videos: VideoStore>: Sendable {
    let videos: Videos
    let removals: any RemovalStore
    let clock: any WallClock
    let ids: any IDSource

    public init(videos: Videos, removals: any RemovalStore, clock: any WallClock, ids: any IDSource) {
        self.videos = videos
        self.removals = removals
        self.clock = clock
        self.ids = ids
    }

    /// `effect` is the same over all tries of one call: a try after one that got through gives that one's appeal.
    public func callAsFunction(
        _ id: VideoID, _ text: Statement, effect: UUID? = nil, as viewer: Viewer
    ) async throws -> Appeal {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        guard video.ownerID == viewer.id else { throw Failure.videoNotYours }
        let appeal = Appeal(id: AppealID(effect ?? ids.ordered()), text: text, at: clock.now)
        switch try await removals.appeal(id, appeal) {
        case .made(let appeal): return appeal
        case .already(let earlier) where earlier.id == appeal.id: return earlier
        case .already: throw Failure.appealMade
        case .notRemoved: throw Failure.videoNotRemoved
        case .tooLate: throw Failure.appealOver
        }
    }
}
