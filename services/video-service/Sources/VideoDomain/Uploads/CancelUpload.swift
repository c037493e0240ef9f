public import DomainKit

/// Gives one's own upload up; its bytes are removed. A request that is writing to it ends with its next checkpoint.
/// Fails: `video.upload-not-found`, `video.upload-finished`.
public struct CancelUpload<Uploads: UploadStore, Cleanup: MediaCleaning>: Sendable {
    let uploads: Uploads
    let cleanup: Cleanup

    public init(uploads: Uploads, cleanup: Cleanup) {
        self.uploads = uploads
        self.cleanup = cleanup
    }

    public func callAsFunction(_ id: UploadID, as user: UserID) async throws {
        guard let upload = try await uploads.find(id, of: user) else { throw Failure.uploadNotFound }
        guard upload.state == .uploading else { throw Failure.uploadFinished }
        guard try await uploads.remove(id, expiredAt: nil) else { throw Failure.uploadNotFound }
        await cleanup.soon()
    }
}
