public import DomainKit

/// One video, for whoever may know of it. Fails: `video.not-found`.
public struct ShowVideo<Videos: VideoStore>: Sendable {
    let videos: Videos

    public init(videos: Videos) {
        self.videos = videos
    }

    public func callAsFunction(_ id: VideoID, to viewer: Viewer) async throws -> Video {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        return video
    }
}
