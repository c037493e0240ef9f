import DomainKit
import HTTPKit
import VideoDomain

/// A video on the wire.
struct VideoBody: JSONWritable {
    let video: Video
    private let removal: RemovalBody?

    init(_ video: Video) {
        self.video = video
        removal = nil
    }

    /// With what is so of its being taken down, as far as the viewer is told that.
    init(_ seen: SeenVideo, to viewer: Viewer) {
        video = seen.video
        removal = seen.removal.map { RemovalBody(removal: $0, isForModerators: viewer.looksAfterPlatform) }
    }

    static func etag(of video: Video) -> ETag { ETag("v\(video.version)") }

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
            $0.member("created_at", video.createdAt)
            $0.member("updated_at", video.updatedAt)
            if let fault = video.fault { $0.member("processing", FaultBody(fault: fault)) }
            if let removal { $0.member("removal", removal) }
        }
    }
}

/// What became of a video's bytes, where they are no film.
private struct FaultBody: JSONWritable {
    let fault: VideoFault

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("state", "failed")
            $0.member("progress", 0)
            $0.member("reason", fault.rawValue)
        }
    }
}

/// A link to a video's bytes on the wire.
struct PlaybackBody: JSONWritable {
    let link: PlaybackLink

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("url", link.url)
            $0.member("expires_at", link.expiresAt)
        }
    }
}
