public import DomainKit

/// Makes a video of an upload whose parts are all stored, if they are those its owner tells of and its owner still may.
///
/// Again is success: with a finished upload the parts are not looked at any more, nor are they where the store has put them
/// together and the process died before it said so. One at a time does it; others wait for their turn. The work goes on when the
/// caller goes away. Whatever is refused leaves the upload as it was.
///
/// Fails: `video.upload-not-found`, `video.upload-not-direct`, `video.upload-busy`; `platform.invalid-input`,
/// `video.parts-refused` and `video.checksum-mismatch` for parts; as `FinishUpload`.
public struct CompleteUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let finish: FinishUpload<Uploads, Media>
    let ids: any IDSource
    let limits: UploadLimits

    public init(
        uploads: Uploads, media: Media, finish: FinishUpload<Uploads, Media>, ids: any IDSource, limits: UploadLimits
    ) {
        self.uploads = uploads
        self.media = media
        self.finish = finish
        self.ids = ids
        self.limits = limits
    }

    /// `sha256` is of all bytes together, in lower-case hex; without it they are not read.
    public func callAsFunction(
        _ id: UploadID, of told: [ToldPart], sha256: String?, as user: UserID
    ) async throws -> Upload {
        try await Task {
            let lease = Lease(token: ids.random(), life: limits.leaseLife)
            guard let upload = try await claimed(id, user, lease) else { return try await finished(id, user) }
            return try await finish.holding(lease, of: upload) {
                try await completed(upload, told, sha256, lease)
            }
        }.value
    }

    private func completed(
        _ upload: Upload, _ told: [ToldPart], _ sha256: String?, _ lease: Lease
    ) async throws -> Upload {
        guard let plan = PartPlan(of: upload) else { throw Failure.uploadNotDirect }
        try finish.standings.requireGood(upload.ownerID)
        try await finish.rights.mayFinish(upload)
        var upload = upload
        if let sha256 { upload.sha256 = sha256 }
        if upload.state == .completing, let done = try await finish.completedBefore(upload, lease) { return done }
        let stored: [MediaPart]
        do {
            stored = try await media.parts(of: upload.media)
        } catch let failure as Failure where failure.code == Failure.uploadNotFound.code {
            // The store may have put them together for somebody whose turn was over.
            guard let done = try await finish.completedBefore(upload, lease) else { throw failure }
            return done
        }
        // What an earlier call wanted of other parts does not count for these.
        upload.sha256 = sha256
        return try await finish.completed(upload, of: try plan.parts(told, among: stored), lease)
    }

    private func finished(_ id: UploadID, _ user: UserID) async throws -> Upload {
        guard let upload = try await uploads.find(id, of: user) else { throw Failure.uploadNotFound }
        guard upload.partSize != nil else { throw Failure.uploadNotDirect }
        guard upload.state == .finished else { throw Failure.uploadBusy }
        return upload
    }

    /// Nil for an upload that takes no parts any more, or never did.
    private func claimed(_ id: UploadID, _ user: UserID, _ lease: Lease) async throws -> Upload? {
        try await Wakes.by(await uploads.releases(of: id)) { wakes in
            let deadline = ContinuousClock.now + limits.turnPatience
            while true {
                switch try await uploads.claim(id, of: user, at: 0, lease) {
                case .granted(let upload): return upload
                case .absent: throw Failure.uploadNotFound
                case .wrongOffset: return nil
                case .busy(let left):
                    let patience = deadline - .now
                    guard patience > .zero else { throw Failure.uploadBusy }
                    try await wakes.wait(atMost: min(left, patience))
                }
            }
        }
    }
}
