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

/// Gives whoever may watch a video a link to its bytes. Fails: `video.not-found`, `video.not-ready`; as `VideoRights`.
public struct PlayVideo<Videos: VideoStore, Media: MediaStore>: Sendable {
    let videos: Videos
    let media: Media
    let rights: any VideoRights
    let clock: any WallClock
    let life: Duration

    /// `life` is how long a link is good for.
    public init(videos: Videos, media: Media, rights: any VideoRights, clock: any WallClock, life: Duration) {
        self.videos = videos
        self.media = media
        self.rights = rights
        self.clock = clock
        self.life = life
    }

    public func callAsFunction(_ id: VideoID, for viewer: Viewer) async throws -> PlaybackLink {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        try await rights.mayWatch(video, viewer.id)
        guard video.state == .ready else { throw Failure.videoNotReady }
        // Never longer than the credential it is given for, and in whole seconds, as the link itself counts.
        let end = min(clock.now + Double(life.components.seconds), viewer.expiresAt)
        let expiry = Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
        return try await media.link(to: video, for: viewer, until: expiry)
    }
}
