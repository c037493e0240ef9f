public import DomainKit

/// Whom one's own video is shared with, newest first. Fails: `video.not-found`, `video.not-yours`.
public struct ListShares<Videos: VideoStore>: Sendable {
    let videos: Videos
    let shares: any ShareStore

    public init(videos: Videos, shares: any ShareStore) {
        self.videos = videos
        self.shares = shares
    }

    public func callAsFunction(_ id: VideoID, as viewer: Viewer, _ page: PageRequest) async throws -> Page<VideoShare> {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        guard video.ownerID == viewer.id else { throw Failure.videoNotYours }
        return try await shares.shares(of: id, page)
    }
}
