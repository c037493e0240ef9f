public import DomainKit

/// Gives one's own upload up; its bytes are removed. A request that is writing to it ends with its next checkpoint.
/// `precondition` sees the upload it would remove and throws when the caller meant another state of it.
/// Fails: `video.upload-not-found`, `video.upload-finished`.
public struct CancelUpload<Uploads: UploadStore, Media: MediaStore, Cleanup: MediaCleaning>: Sendable {
    let uploads: Uploads
    let media: Media
    let cleanup: Cleanup

    public init(uploads: Uploads, media: Media, cleanup: Cleanup) {
        self.uploads = uploads
        self.media = media
        self.cleanup = cleanup
    }

    public func callAsFunction(
        _ id: UploadID, as user: UserID, precondition: @Sendable (Upload) throws -> Void = { _ in }
    ) async throws {
        // As it is shown; the row knows nothing of numbered parts.
        let shown = try await uploads.find(id, of: user)
        let counted = if let shown { try? await media.counted(shown).received } else { Int64?.none }
        let cancellation = try await uploads.cancel(id, of: user) { upload in
            var upload = upload
            if upload.partSize != nil, upload.state == shown?.state { upload.received = counted ?? upload.received }
            try precondition(upload)
        }
        switch cancellation {
        case .done: await cleanup.soon()
        case .finished: throw Failure.uploadFinished
        case .absent: throw Failure.uploadNotFound
        }
    }
}
