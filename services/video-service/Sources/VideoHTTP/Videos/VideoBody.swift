import DomainKit
import HTTPKit
import VideoDomain

/// A video on the wire.
struct VideoBody: JSONWritable {
    let video: Video
    private let removal: RemovalBody?
    private let poster: String?

    init(_ video: Video, poster: String?) {
        self.video = video
        self.poster = poster
        removal = nil
    }

    /// With what is so of its being taken down, as far as the viewer is told that.
    init(_ seen: SeenVideo, to viewer: Viewer, poster: String?) {
        video = seen.video
        self.poster = poster
        removal = seen.removal.map { RemovalBody(removal: $0, isForModerators: viewer.looksAfterPlatform) }
    }

    /// What parts the two halves of a tag.
    static let seam: Character = "."

    /// Of all that is shown: what is made of it, too, behind a point.
    static func etag(of video: Video) -> ETag {
        guard let made = video.processing else { return version(of: video) }
        let percent = Int((made.progress * 100).rounded())
        return ETag("v\(video.version)\(seam)\(made.state.rawValue)-\(made.claim)-\(percent)")
    }

    /// Of what can be changed: who has seen an earlier state of what is made of it changes that all the same.
    static func version(of video: Video) -> ETag { ETag("v\(video.version)") }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("id", video.id)
            $0.member("owner_id", video.ownerID)
            $0.member("title", video.details.title.text)
            $0.member("description", video.details.description.text)
            $0.member("tags", video.details.tags.texts)
            $0.member("visibility", video.details.visibility.rawValue)
            $0.member("state", video.state.rawValue)
            $0.member("content_type", video.contentType.text)
            $0.member("size", video.size)
            $0.member("sha256", video.sha256)
            $0.member("duration_ms", video.processing?.measures?.milliseconds)
            $0.member("width", video.processing?.measures?.width)
            $0.member("height", video.processing?.measures?.height)
            $0.member("poster_url", poster)
            $0.member("created_at", video.createdAt)
            $0.member("updated_at", video.updatedAt)
            if let fault = video.fault {
                $0.member("processing", ProcessingBody(state: .failed, progress: 0, reason: fault.rawValue))
            } else if let made = video.processing {
                $0.member("processing", ProcessingBody(made))
            }
            if let removal { $0.member("removal", removal) }
        }
    }
}

/// What becomes of a video's bytes on the wire.
private struct ProcessingBody: JSONWritable {
    let state: Processing.State
    let progress: Double
    let reason: String?

    init(state: Processing.State, progress: Double, reason: String?) {
        self.state = state
        self.progress = progress
        self.reason = reason
    }

    init(_ processing: Processing) {
        self.init(state: processing.state, progress: processing.progress, reason: processing.reason?.rawValue)
    }

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("state", state.rawValue)
            // In hundredths, as the tag counts them.
            $0.member("progress", (progress * 100).rounded() / 100)
            $0.member("reason", reason)
        }
    }
}

/// A link to a video's bytes on the wire.
struct PlaybackBody: JSONWritable {
    let playback: Playback

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("url", playback.link.url)
            if let renditions = playback.renditionsURL { $0.member("hls_url", renditions) }
            if let thumbnails = playback.thumbnailsURL { $0.member("thumbnails_url", thumbnails) }
            if let poster = playback.poster { $0.member("poster_url", poster.url) }
            $0.member("expires_at", playback.link.expiresAt)
        }
    }
}
