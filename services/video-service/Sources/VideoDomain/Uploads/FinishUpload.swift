public import DomainKit

/// Makes a video of an upload whose bytes are all here, if its owner still may.
///
/// What is known here of a ban is known at once, and then nobody is asked. May be done again after a crash at any point: bytes
/// first, then the rows, each step repeatable. What is joined of parts is joined here, by one at a time: whoever comes meanwhile
/// gets the upload as it is. Bytes that are no film make a video that failed, whatever it was said to be, and are given up.
/// Fails: `video.upload-not-found`; as `AccountStandings` and `VideoRights`, and then all stays as it is.
public struct FinishUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let standings: any AccountStandings
    let rights: any VideoRights
    let contents: any ContentsRule
    let clock: any WallClock
    let ids: any IDSource
    let leaseLife: Duration

    public init(
        uploads: Uploads, media: Media, standings: any AccountStandings, rights: any VideoRights,
        contents: any ContentsRule, clock: any WallClock, ids: any IDSource, leaseLife: Duration
    ) {
        self.uploads = uploads
        self.media = media
        self.standings = standings
        self.rights = rights
        self.contents = contents
        self.clock = clock
        self.ids = ids
        self.leaseLife = leaseLife
    }

    public func callAsFunction(_ upload: Upload) async throws -> Upload {
        guard upload.awaitsFinish else { return upload }
        try standings.requireGood(upload.ownerID)
        try await rights.mayFinish(upload)
        switch upload.state {
        case .joining: return try await alone(upload) { try await joined($0, $1) }
        case .completing: return try await alone(upload) { try await settled($0, $1) }
        default: break
        }
        try await media.complete(upload.media, size: upload.size)
        return try await finished(upload)
    }

    /// Two who do it at once would copy every byte twice, and the second one parts that are gone by then.
    private func alone(
        _ upload: Upload, _ work: @escaping @Sendable (Upload, Lease) async throws -> Upload
    ) async throws -> Upload {
        let lease = Lease(token: ids.random(), life: leaseLife)
        switch try await uploads.claim(upload.id, of: upload.ownerID, at: upload.received, lease) {
        case .absent: throw Failure.uploadNotFound
        case .busy:
            var upload = upload
            upload.isBeingWritten = true
            return upload
        case .wrongOffset:
            // Somebody was quicker.
            guard let upload = try await uploads.find(upload.id, of: upload.ownerID) else {
                throw Failure.uploadNotFound
            }
            return upload
        case .granted(let upload): return try await holding(lease, of: upload) { try await work(upload, lease) }
        }
    }

    /// Does `work`, which finishes the upload and ends the lease by that. Whatever else comes of it gives the lease back.
    func holding(
        _ lease: Lease, of upload: Upload, _ work: @escaping @Sendable () async throws -> Upload
    ) async throws -> Upload {
        do {
            let upload = try await renewing(every: lease.renewalPause) {
                if try await uploads.renew(upload.id, lease) == .leaseLost { throw Failure.uploadBusy }
            } during: {
                try await work()
            }
            if upload.state != .finished { await release(lease, of: upload) }
            return upload
        } catch {
            // The last statement gives the lease back, which a renewal on its way takes for lost.
            if let done = try? await uploads.find(upload.id, of: upload.ownerID), done.state == .finished {
                return done
            }
            await release(lease, of: upload)
            throw error
        }
    }

    /// In a task of its own, as this one may be cancelled: others need not wait for the end of the lease.
    func release(_ lease: Lease, of upload: Upload) async {
        await Task {
            _ = try? await uploads.record(
                upload.received, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: true)
        }.value
    }

    private func joined(_ upload: Upload, _ lease: Lease) async throws -> Upload {
        let parts = try await uploads.parts(of: upload).map { ($0.media, $0.size) }
        try await media.complete(upload.media, joining: parts)
        try standings.requireGood(upload.ownerID)
        return try await finished(upload)
    }

    func finished(_ upload: Upload) async throws -> Upload {
        if let contents = try await contents(of: upload),
            let finished = try await uploads.finish(upload.id, of: contents, at: clock.now)
        {
            return finished
        }
        // Somebody was quicker, and what was no film is gone by now.
        if let upload = try await uploads.find(upload.id, of: upload.ownerID), upload.state == .finished {
            return upload
        }
        // Given up meanwhile, and what it left was perhaps removed before these bytes were there.
        if upload.state != .uploading { try? await media.remove(upload.media.key) }
        throw Failure.uploadNotFound
    }

    /// Nil when there are no bytes, or nobody wants them any more.
    private func contents(of upload: Upload) async throws -> Contents? {
        guard let type = try await uploads.announcedType(of: upload.id),
            let beginning = try await media.beginning(of: upload.media.key, count: Container.longestBeginning)
        else { return nil }
        return contents.contents(beginning, saidToBe: type)
    }
}
