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

/// Gives whoever may watch a video a link to its bytes. Fails: as `WatchingRule`.
public struct PlayVideo<Videos: VideoStore, Media: MediaStore>: Sendable {
    let watching: WatchingRule<Videos>
    let media: Media
    let clock: any WallClock
    let life: Duration

    /// `life` is how long a link is good for.
    public init(watching: WatchingRule<Videos>, media: Media, clock: any WallClock, life: Duration) {
        self.watching = watching
        self.media = media
        self.clock = clock
        self.life = life
    }

    public func callAsFunction(_ id: VideoID, for viewer: Viewer) async throws -> PlaybackLink {
        let watched = try await watching(id, for: viewer)
        // Never longer than the credential it is given for, and in whole seconds, as the link itself counts.
        let end = min(clock.now + Double(life.components.seconds), viewer.expiresAt)
        let expiry = Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
        return try await media.link(to: watched, for: viewer, until: expiry)
    }
}
