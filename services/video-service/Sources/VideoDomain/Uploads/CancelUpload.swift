public import DomainKit

/// Gives one's own upload up; its bytes are removed. A request that is writing to it ends with its next checkpoint.
/// `precondition` sees the upload it would remove and throws when the caller meant another state of it.
/// Fails: `video.upload-not-found`, `video.upload-finished`.
public struct CancelUpload<Uploads: UploadStore, Cleanup: MediaCleaning>: Sendable {
    let uploads: Uploads
    let cleanup: Cleanup

    public init(uploads: Uploads, cleanup: Cleanup) {
        self.uploads = uploads
        self.cleanup = cleanup
    }

    public func callAsFunction(
        _ id: UploadID, as user: UserID, precondition: @Sendable (Upload) throws -> Void = { _ in }
    ) async throws {
        switch try await uploads.cancel(id, of: user, if: precondition) {
        case .done: await cleanup.soon()
        case .finished: throw Failure.uploadFinished
        case .absent: throw Failure.uploadNotFound
        }
    }
}
