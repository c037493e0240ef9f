public import DomainKit

/// Shows a video to somebody no more, from the next request on: as its owner, or as the one it was shared with.
///
/// Where it was not shared there is nothing to do. Fails: `video.not-found`, `video.not-yours`.
public struct UnshareVideo<Videos: VideoStore>: Sendable {
    let videos: Videos
    let shares: any ShareStore

    public init(videos: Videos, shares: any ShareStore) {
        self.videos = videos
        self.shares = shares
    }

    public func callAsFunction(_ id: VideoID, with user: UserID, as viewer: Viewer) async throws {
        // Whoever does not want to be shown it need not know what it is by now.
        if user != viewer.id {
            guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
            guard video.ownerID == viewer.id else { throw Failure.videoNotYours }
        }
        try await shares.unshare(id, with: user)
    }
}
