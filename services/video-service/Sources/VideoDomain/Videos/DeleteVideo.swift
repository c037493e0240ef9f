public import DomainKit

/// Removes one's own video, or gives its upload up; the bytes follow.
///
/// The row goes first and the bytes are noted for `MediaCleanup` with it, so a crash in between leaves nothing behind
/// for good. Signed URLs end with the bytes. Fails: `video.not-found`, `video.not-yours`, `video.changed`.
public struct DeleteVideo<Videos: VideoStore, Cleanup: MediaCleaning>: Sendable {
    let videos: Videos
    let cleanup: Cleanup

    public init(videos: Videos, cleanup: Cleanup) {
        self.videos = videos
        self.cleanup = cleanup
    }

    public func callAsFunction(
        _ id: VideoID, as viewer: Viewer, precondition: (Video) throws -> Void
    ) async throws {
        guard let video = try await videos.find(id, visibleTo: viewer) else { throw Failure.videoNotFound }
        guard video.ownerID == viewer.id else { throw Failure.videoNotYours }
        try precondition(video)
        switch try await videos.delete(id, version: video.version) {
        case .done: await cleanup.soon()
        case .changed: throw Failure.videoChanged
        case .absent: throw Failure.videoNotFound
        }
    }
}
