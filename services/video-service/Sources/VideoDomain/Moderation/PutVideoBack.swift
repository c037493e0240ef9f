public import DomainKit

/// Makes a video that was taken down what it was before. One that is not taken down stays as it is.
///
/// Fails: `video.not-found`; `video.changed`, with a `precondition`, when somebody was faster.
public struct PutVideoBack<Videos: VideoStore>: Sendable {
    let videos: Videos
    let removals: any RemovalStore
    let clock: any WallClock

    public init(videos: Videos, removals: any RemovalStore, clock: any WallClock) {
        self.videos = videos
        self.removals = removals
        self.clock = clock
    }

    public func callAsFunction(
        _ id: VideoID, as moderator: Moderator, precondition: ((Video) throws -> Void)?
    ) async throws {
        guard let video = try await videos.find(id, visibleTo: moderator.viewer) else { throw Failure.videoNotFound }
        try precondition?(video)
        let version = precondition == nil ? nil : video.version
        switch try await removals.putBack(id, by: moderator.id, at: clock.now, version: version) {
        case .done: return
        case .changed: throw Failure.videoChanged
        case .absent: throw Failure.videoNotFound
        }
    }
}
