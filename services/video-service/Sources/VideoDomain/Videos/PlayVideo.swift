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

/// What it takes to play a video.
public struct Playback: Sendable, Hashable {
    /// The film as it was sent.
    public var link: PlaybackLink
    public var poster: PlaybackLink?
    /// Of the playlist that a player chooses a rendition from; good for longer than the film.
    public var renditionsURL: String?
    /// Of the map of small pictures, likewise.
    public var thumbnailsURL: String?

    public init(
        link: PlaybackLink, poster: PlaybackLink? = nil, renditionsURL: String? = nil, thumbnailsURL: String? = nil
    ) {
        self.link = link
        self.poster = poster
        self.renditionsURL = renditionsURL
        self.thumbnailsURL = thumbnailsURL
    }
}

/// The port to addresses of what was made of videos: they name their grant, and count as long as that does.
public protocol RenditionAddresses: Sendable {
    func address(
        of name: String, madeOf video: Video, under claim: Int64, for viewer: Viewer, by grant: UUID, until expiry: Date
    ) throws -> String
}

/// Gives whoever may watch a video a link to its bytes. Fails: `video.not-found`, `video.not-ready`; `video.removed` and
/// `video.failed` for its owner; as `VideoRights`.
public struct PlayVideo<Videos: VideoStore, Media: MediaStore>: Sendable {
    let videos: Videos
    let shares: any ShareStore
    let media: Media
    let rights: any VideoRights
    let grants: any PlaybackGrants
    let addresses: any RenditionAddresses
    let clock: any WallClock
    let life: Duration

    /// `life` is how long a link is good for.
    public init(
        videos: Videos, shares: any ShareStore, media: Media, rights: any VideoRights,
        grants: any PlaybackGrants, addresses: any RenditionAddresses, clock: any WallClock, life: Duration
    ) {
        self.videos = videos
        self.shares = shares
        self.media = media
        self.rights = rights
        self.grants = grants
        self.addresses = addresses
        self.clock = clock
        self.life = life
    }

    public func callAsFunction(_ id: VideoID, for viewer: Viewer) async throws -> Playback {
        let video = try await watchable(id, for: viewer)
        let link = try await media.link(to: video, for: viewer, until: viewer.end(of: life, from: clock.now))
        let poster = try await LinkPoster(media: media, clock: clock, life: life)(of: video, for: viewer)
        var playback = Playback(link: link, poster: poster)
        guard video.state == .ready, let made = video.processing, let shown = made.shown,
            !shown.made.isDisjoint(with: [.ladder, .thumbnails])
        else { return playback }
        let life = PlaybackGrant.life(of: made.measures?.milliseconds ?? 0)
        let expiry = Date(
            timeIntervalSince1970: (clock.now.timeIntervalSince1970 + life / .seconds(1)).rounded(.down))
        let grant = try await grants.grant(video.id, to: viewer, until: expiry)
        func address(_ kind: Made, _ name: String) throws -> String? {
            guard shown.made.contains(kind) else { return nil }
            return try addresses.address(
                of: name, madeOf: video, under: shown.claim, for: viewer, by: grant, until: expiry)
        }
        playback.renditionsURL = try address(.ladder, RenditionName.playlist)
        playback.thumbnailsURL = try address(.thumbnails, RenditionName.thumbnails)
        return playback
    }

    /// The video, for whoever may watch it at this moment. Fails: as the use case.
    public func watchable(_ id: VideoID, for viewer: Viewer) async throws -> Video {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        if video.state == .removed, video.ownerID == viewer.id { throw Failure.videoRemoved }
        let sight = try await sight(of: video, viewer)
        try await rights.mayWatch(video, viewer.id, as: sight)
        if video.state == .failed { throw Failure.videoFailed }
        guard video.state == .ready || sight == .review else { throw Failure.videoNotReady }
        return video
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
