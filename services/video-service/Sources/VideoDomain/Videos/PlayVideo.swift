public import DomainKit
public import Foundation

/// A link that lets its holder read a video for a short time.
public struct PlaybackLink: Sendable, Hashable {
    public var url: String
    public var expiresAt: Date

    public init(url: String, expiresAt: Date) {
        self.url = url
        self.expiresAt = expiresAt
    }
}

/// Gives whoever may watch a video a link to its bytes. Fails: `video.not-found`, `video.not-ready`; `video.removed` and
/// `video.failed` for its owner; as `VideoRights`.
public struct PlayVideo<Videos: VideoStore, Media: MediaStore>: Sendable {
    let videos: Videos
    let shares: any ShareStore
    let media: Media
    let rights: any VideoRights
    let clock: any WallClock
    let life: Duration

    /// `life` is how long a link is good for.
    public init(
        videos: Videos, shares: any ShareStore, media: Media, rights: any VideoRights, clock: any WallClock,
        life: Duration
    ) {
        self.videos = videos
        self.shares = shares
        self.media = media
        self.rights = rights
        self.clock = clock
        self.life = life
    }

    public func callAsFunction(_ id: VideoID, for viewer: Viewer) async throws -> PlaybackLink {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        if video.state == .removed, video.ownerID == viewer.id { throw Failure.videoRemoved }
        let sight = try await sight(of: video, viewer)
        try await rights.mayWatch(video, viewer.id, as: sight)
        if video.state == .failed { throw Failure.videoFailed }
        guard video.state == .ready || sight == .review else { throw Failure.videoNotReady }
        // Never longer than the credential it is given for, and in whole seconds, as the link itself counts.
        let end = min(clock.now + Double(life.components.seconds), viewer.expiresAt)
        let expiry = Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
        return try await media.link(to: video, for: viewer, until: expiry)
    }

    private func sight(of video: Video, _ viewer: Viewer) async throws -> Sight {
        if video.ownerID == viewer.id { return .itself }
        if video.state == .removed { return .review }
        guard video.details.visibility == .private else { return .itself }
        if try await shares.isShared(video.id, with: viewer.id) { return .share }
        // Found as reported, or as shared with the viewer a moment ago.
        guard viewer.looksAfterPlatform else { throw Failure.videoNotFound }
        return .review
    }
}
