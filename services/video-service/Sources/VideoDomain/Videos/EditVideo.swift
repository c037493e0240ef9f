public import DomainKit
import Foundation

/// The changes an owner asks for; nil leaves a part as it is.
public struct VideoChanges: Sendable, Hashable {
    public var title: Title?
    public var description: Description?
    public var tags: Tags?
    public var visibility: Visibility?

    public init(
        title: Title? = nil, description: Description? = nil, tags: Tags? = nil, visibility: Visibility? = nil
    ) {
        self.title = title
        self.description = description
        self.tags = tags
        self.visibility = visibility
    }
}

/// Changes what is said about one's own video.
///
/// `precondition` sees the video before the change and throws when the caller knew another version of it.
/// Changes that change nothing make no new version. Fails: `video.not-found`, `video.not-yours`, `video.removed`,
/// `video.changed` when somebody was faster.
public struct EditVideo<Videos: VideoStore>: Sendable {
    let videos: Videos
    let clock: any WallClock

    public init(videos: Videos, clock: any WallClock) {
        self.videos = videos
        self.clock = clock
    }

    public func callAsFunction(
        _ id: VideoID, _ changes: VideoChanges, as viewer: Viewer, precondition: (Video) throws -> Void
    ) async throws -> Video {
        guard var video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        guard video.ownerID == viewer.id else { throw Failure.videoNotYours }
        try precondition(video)
        if video.state == .removed { throw Failure.videoRemoved }
        let before = video.details
        video.details.title = changes.title ?? video.details.title
        video.details.description = changes.description ?? video.details.description
        video.details.tags = changes.tags ?? video.details.tags
        video.details.visibility = changes.visibility ?? video.details.visibility
        if video.details == before { return video }
        video.updatedAt = clock.now
        switch try await videos.update(video) {
        case .done(let stored): return stored
        case .changed: throw Failure.videoChanged
        case .absent: throw Failure.videoNotFound
        }
    }
}
