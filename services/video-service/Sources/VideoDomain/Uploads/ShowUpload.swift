public import DomainKit

/// How far one's own upload is. Fails: `video.upload-not-found`.
public struct ShowUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let finish: FinishUpload<Uploads, Media>
    let limits: UploadLimits

    public init(
        uploads: Uploads, media: Media, finish: FinishUpload<Uploads, Media>, limits: UploadLimits
    ) {
        self.uploads = uploads
        self.media = media
        self.finish = finish
        self.limits = limits
    }

    /// What is known at this moment; of numbered parts the store is asked.
    public func callAsFunction(_ id: UploadID, to user: UserID) async throws -> Upload {
        try await media.counted(try await find(id, user))
    }

    private func find(_ id: UploadID, _ user: UserID) async throws -> Upload {
        guard let upload = try await uploads.find(id, of: user) else { throw Failure.uploadNotFound }
        return upload
    }

    /// What is known once a request that is just ending has noted its bytes.
    ///
    /// A client that lost its connection asks where to go on, often before the server has seen the loss: it waits up to
    /// `UploadLimits.settling` for the writer to end. Finishes what a crash left unfinished, since no `PATCH` will come.
    public func settled(_ id: UploadID, to user: UserID) async throws -> Upload {
        var upload = try await find(id, user)
        if upload.partSize != nil { throw Failure.uploadDirect }
        if upload.isBeingWritten { upload = try await ended(id, to: user) }
        return upload.awaitsFinish && !upload.isBeingWritten ? try await finish(upload) : upload
    }

    /// The upload once nobody writes to it, or when the patience is over. Looks at it when it is told that the writer ended,
    /// and at the end.
    private func ended(_ id: UploadID, to user: UserID) async throws -> Upload {
        try await Wakes.by(await uploads.releases(of: id)) { wakes in
            let deadline = ContinuousClock.now + limits.settling
            while true {
                let upload = try await find(id, user)
                let patience = deadline - .now
                guard upload.isBeingWritten, patience > .zero else { return upload }
                try await wakes.wait(atMost: patience)
            }
        }
    }
}
