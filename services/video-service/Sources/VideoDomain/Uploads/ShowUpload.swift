public import DomainKit

/// How far one's own upload is. Fails: `video.upload-not-found`.
public struct ShowUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let finish: FinishUpload<Uploads, Media>
    let limits: UploadLimits

    public init(uploads: Uploads, finish: FinishUpload<Uploads, Media>, limits: UploadLimits) {
        self.uploads = uploads
        self.finish = finish
        self.limits = limits
    }

    /// What is known at this moment.
    public func callAsFunction(_ id: UploadID, to user: UserID) async throws -> Upload {
        guard let upload = try await uploads.find(id, of: user) else { throw Failure.uploadNotFound }
        return upload
    }

    /// What is known once a request that is just ending has noted its bytes.
    ///
    /// A client that lost its connection asks where to go on, often before the server has seen the loss: it waits up to
    /// `UploadLimits.settling` for the writer to end. Finishes what a crash left unfinished, since no `PATCH` will come.
    public func settled(_ id: UploadID, to user: UserID) async throws -> Upload {
        var upload = try await self(id, to: user)
        let deadline = ContinuousClock.now + limits.settling
        while upload.isBeingWritten, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(50))
            upload = try await self(id, to: user)
        }
        return upload.awaitsFinish && !upload.isBeingWritten ? try await finish(upload) : upload
    }
}
