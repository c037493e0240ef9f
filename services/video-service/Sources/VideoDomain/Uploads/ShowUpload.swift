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
        if upload.isBeingWritten { upload = try await ended(id, to: user) }
        return upload.awaitsFinish && !upload.isBeingWritten ? try await finish(upload) : upload
    }

    /// The upload once nobody writes to it, or when the patience is over. Looks at it when it is told that the writer ended,
    /// and at the end.
    private func ended(_ id: UploadID, to user: UserID) async throws -> Upload {
        try await Wakes.by(await uploads.releases(of: id)) { wakes in
            let deadline = ContinuousClock.now + limits.settling
            while true {
                let upload = try await self(id, to: user)
                let patience = deadline - .now
                guard upload.isBeingWritten, patience > .zero else { return upload }
                try await wakes.wait(atMost: patience)
            }
        }
    }
}
