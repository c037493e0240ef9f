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
        of name: String, madeOf watched: WatchedVideo, under claim: Int64, for viewer: Viewer, by grant: UUID,
        until expiry: Date
    ) throws -> String
}

/// Gives whoever may watch a video a link to its bytes, and addresses of what was made of it. Fails: as `WatchingRule`.
public struct PlayVideo<Videos: VideoStore, Media: MediaStore>: Sendable {
    let watching: WatchingRule<Videos>
    let media: Media
    let grants: any PlaybackGrants
    let addresses: any RenditionAddresses
    let clock: any WallClock
    let life: Duration

    /// `life` is how long a link is good for.
    public init(
        watching: WatchingRule<Videos>, media: Media, grants: any PlaybackGrants, addresses: any RenditionAddresses,
        clock: any WallClock, life: Duration
    ) {
        self.watching = watching
        self.media = media
        self.grants = grants
        self.addresses = addresses
        self.clock = clock
        self.life = life
    }

    public func callAsFunction(_ id: VideoID, for viewer: Viewer) async throws -> Playback {
        let watched = try await watching(id, for: viewer)
        let link = try await media.link(to: watched, for: viewer, until: viewer.end(of: life, from: clock.now))
        let poster = try await LinkPoster(media: media, clock: clock, life: life)(of: watched.video, for: viewer)
        return try await withAddresses(Playback(link: link, poster: poster), of: watched, for: viewer)
    }

    private func withAddresses(
        _ playback: Playback, of watched: WatchedVideo, for viewer: Viewer
    ) async throws -> Playback {
        guard watched.video.state == .ready, let made = watched.video.processing, let shown = made.shown,
            !shown.made.isDisjoint(with: [.ladder, .thumbnails])
        else { return playback }
        let life = PlaybackGrant.life(of: made.measures?.milliseconds ?? 0)
        let expiry = Date(
            timeIntervalSince1970: (clock.now.timeIntervalSince1970 + life / .seconds(1)).rounded(.down))
        let grant = try await grants.grant(watched.video.id, to: viewer, until: expiry)
        func address(_ kind: Made, _ name: String) throws -> String? {
            guard shown.made.contains(kind) else { return nil }
            return try addresses.address(
                of: name, madeOf: watched, under: shown.claim, for: viewer, by: grant, until: expiry)
        }
        var playback = playback
        playback.renditionsURL = try address(.ladder, RenditionName.playlist)
        playback.thumbnailsURL = try address(.thumbnails, RenditionName.thumbnails)
        return playback
    }
}
