public import DomainKit

/// Makes a video of an upload whose bytes are all here.
///
/// May be done again after a crash at any point: bytes first, then the rows, each step repeatable.
/// Fails: `video.upload-not-found`.
public struct FinishUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let clock: any WallClock

    public init(uploads: Uploads, media: Media, clock: any WallClock) {
        self.uploads = uploads
        self.media = media
        self.clock = clock
    }

    public func callAsFunction(_ upload: Upload) async throws -> Upload {
        guard upload.awaitsFinish else { return upload }
        try await media.complete(upload.media, size: upload.size)
        guard let finished = try await uploads.finish(upload.id, at: clock.now) else { throw Failure.uploadNotFound }
        return finished
    }
}
