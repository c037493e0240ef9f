public import DomainKit
import Foundation

/// A link to a video's poster, for whoever may know of the video: as long as a link to the video itself would last.
///
/// Nil where there is none. Fails: `unavailable`.
public struct LinkPoster<Media: MediaStore>: Sendable {
    let media: Media
    let clock: any WallClock
    let life: Duration

    public init(media: Media, clock: any WallClock, life: Duration) {
        self.media = media
        self.clock = clock
        self.life = life
    }

    public func callAsFunction(of video: Video, for viewer: Viewer) async throws -> PlaybackLink? {
        guard video.state == .ready, let shown = video.processing?.shown, shown.made.contains(.poster) else {
            return nil
        }
        return try await media.link(
            to: MediaKey(RenditionName.poster, madeOf: video.id, under: shown.claim), for: viewer,
            until: viewer.end(of: life, from: clock.now))
    }
}

extension Viewer {
    /// Never longer than the credential it is given for, and in whole seconds, as links themselves count.
    func end(of life: Duration, from now: Date) -> Date {
        let end = min(now + Double(life.components.seconds), expiresAt)
        return Date(timeIntervalSince1970: end.timeIntervalSince1970.rounded(.down))
    }
}
