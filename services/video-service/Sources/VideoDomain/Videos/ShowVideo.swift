public import DomainKit

/// A video as it is shown to somebody.
public struct SeenVideo: Sendable, Hashable {
    public var video: Video
    /// What is so of its being taken down, for those who may know that.
    public var removal: Removal?

    public init(video: Video, removal: Removal? = nil) {
        self.video = video
        self.removal = removal
    }
}

/// One video, for whoever may know of it. Fails: `video.not-found`.
public struct ShowVideo<Videos: VideoStore>: Sendable {
    let videos: Videos
    let removals: any RemovalStore

    public init(videos: Videos, removals: any RemovalStore) {
        self.videos = videos
        self.removals = removals
    }

    public func callAsFunction(_ id: VideoID, to viewer: Viewer) async throws -> SeenVideo {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        // Whoever sees one that is taken down is its owner, or looks after the platform.
        guard video.state == .removed else { return SeenVideo(video: video) }
        return SeenVideo(video: video, removal: try await removals.removal(of: id))
    }
}
