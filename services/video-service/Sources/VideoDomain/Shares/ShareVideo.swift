public import DomainKit

/// Shows one's own video to somebody, who may know of it and watch it while it is private; in their lists it is among what is
/// shared with them. Whether there is such an account is not looked at, so that nobody finds out here.
///
/// Fails: `video.not-found`, `video.not-yours`, `video.shared-with-owner`, `video.too-many-shares`, `video.account-erased`.
public struct ShareVideo<Videos: VideoStore>: Sendable {
    let videos: Videos
    let shares: any ShareStore
    let clock: any WallClock

    public init(videos: Videos, shares: any ShareStore, clock: any WallClock) {
        self.videos = videos
        self.shares = shares
        self.clock = clock
    }

    /// Again is success, with the share there is.
    public func callAsFunction(
        _ id: VideoID, with user: UserID, as viewer: Viewer
    ) async throws -> (share: VideoShare, isNew: Bool) {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        guard video.ownerID == viewer.id else { throw Failure.videoNotYours }
        guard user != viewer.id else { throw Failure.sharedWithOwner }
        let share = VideoShare(videoID: id, userID: user, sharedAt: clock.now)
        switch try await shares.share(share, atMost: VideoShare.most) {
        case .made(let share): return (share, true)
        case .already(let share): return (share, false)
        case .full: throw Failure.tooManyShares
        case .accountErased: throw Failure.accountErased
        case .absent: throw Failure.videoNotFound
        }
    }
}
