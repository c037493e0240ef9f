public import DomainKit

/// Who may watch a video at this moment: asked before a link is given, and again for links of before when something changed.
///
/// Fails: `video.not-found`, `video.not-ready`; `video.removed` and `video.failed` for its owner; as `VideoRights`.
public struct WatchingRule<Videos: VideoStore>: Sendable {
    let videos: Videos
    let shares: any ShareStore
    let rights: any VideoRights

    public init(videos: Videos, shares: any ShareStore, rights: any VideoRights) {
        self.videos = videos
        self.shares = shares
        self.rights = rights
    }

    @discardableResult
    public func callAsFunction(_ id: VideoID, for viewer: Viewer) async throws -> WatchedVideo {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        if video.state == .removed, video.ownerID == viewer.id { throw Failure.videoRemoved }
        let sight = try await sight(of: video, viewer)
        try await rights.mayWatch(video, viewer.id, as: sight)
        if video.state == .failed { throw Failure.videoFailed }
        guard video.state == .ready || sight == .review else { throw Failure.videoNotReady }
        return WatchedVideo(video: video, sight: sight)
    }

    private func sight(of video: Video, _ viewer: Viewer) async throws -> Sight {
        if video.ownerID == viewer.id { return .itself }
        if video.state == .removed { return .review }
        guard video.details.visibility == .private else { return .itself }
        if try await shares.isShared(video.id, with: viewer.id) { return .share }
        // Known of by neither: a share that has just ended, or a report.
        guard viewer.looksAfterPlatform else { throw Failure.videoNotFound }
        return .review
    }
}

/// A video that somebody may watch, and as whom they do.
public struct WatchedVideo: Sendable, Hashable {
    public var video: Video
    public var sight: Sight

    public init(video: Video, sight: Sight) {
        self.video = video
        self.sight = sight
    }
}

/// A change of who may watch a video.
public struct AccessChange: Sendable, Hashable {
    /// Another one after each change.
    public var mark: Int64
    /// Nobody watches it now but who decides about it.
    public var isClosed: Bool

    public init(mark: Int64, isClosed: Bool) {
        self.mark = mark
        self.isClosed = isClosed
    }
}
