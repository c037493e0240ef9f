public import DomainKit
import Foundation

/// Takes the bytes of one request into an upload, from where its bytes end.
///
/// One request at a time writes to an upload: it holds a lease in the store, renewed as long as bytes come and are stored, so
/// that a dead process keeps others out for `UploadLimits.leaseLife` at most. Others wait for their turn; they are told when
/// it is given back, and look at the end of each lease. Bytes count as received once they are durable
/// and the store has noted them; a request that is cut keeps what came. With a checksum it is all or nothing: bytes count
/// once the whole body was held against it. The last byte makes the video ready.
///
/// A caller who loses the right on the way is cut off at once, also while nothing comes. What counted as received by then
/// stays, and the upload can go on from there; what came since does not count.
///
/// Fails: `video.upload-not-found`, `video.wrong-offset`, `video.upload-busy`, `video.beyond-length`,
/// `video.checksum-mismatch`, `video.body-cut`, `video.storage-full`; as the permit, once the right is gone. Cancelling
/// counts as a cut.
public struct ReceiveBytes<Uploads: UploadStore, Media: MediaStore>: Sendable {
    public typealias Chunk = Media.Writer.Chunk

    let uploads: Uploads
    let media: Media
    let finish: FinishUpload<Uploads, Media>
    let clock: any WallClock
    let ids: any IDSource
    let limits: UploadLimits

    public init(
        uploads: Uploads, media: Media, finish: FinishUpload<Uploads, Media>, clock: any WallClock, ids: any IDSource,
        limits: UploadLimits
    ) {
        self.uploads = uploads
        self.media = media
        self.finish = finish
        self.clock = clock
        self.ids = ids
        self.limits = limits
    }

    /// `announced` is the body's length when the client said it, `end` what it said of the upload's. `progress` is told of bytes
    /// that are noted while others follow. `precondition` sees the upload before the first byte of it,
    /// and throws when the caller meant another state.
    public func callAsFunction<Body: AsyncSequence & Sendable>(
        _ body: Body, announced: Int64?, checksum: (any BodyChecksum<Chunk>)? = nil, into id: UploadID,
        at offset: Int64, until end: UploadEnd = .whenWhole, as user: UserID, with permit: any Permit,
        progress: @escaping @Sendable (Int64) async -> Void = { _ in }, precondition: (Upload) throws -> Void = { _ in }
    ) async throws -> Upload where Body.Element == Chunk {
        let lease = Lease(token: ids.random(), life: limits.leaseLife)
        let claimed = try await claim(id, at: offset, lease, as: user)
        let upload: Upload
        do {
            if !claimed.parts.isEmpty { throw Failure.uploadJoined }
            if claimed.partSize != nil { throw Failure.uploadDirect }
            try precondition(claimed)
            if end != .whenWhole, claimed.state == .finished, announced != 0 { throw Failure.uploadComplete }
            let length = try end.length(
                known: claimed.isSizeKnown ? claimed.size : nil, at: offset, announced: announced)
            upload = try await noted(length, of: claimed, lease)
        } catch {
            // As it was: what was refused for its state must not change it.
            _ = try? await uploads.record(
                claimed.received, of: id, lease, expiresAt: claimed.expiresAt, releasing: true)
            throw error
        }
        let session = UploadSession(
            upload: upload, lease: lease, end: end, checksum: checksum, progress: progress, uploads: uploads,
            media: media, clock: clock,
            limits: limits)
        do {
            if let announced, announced > upload.size - offset { throw Failure.beyondLength(upload.size) }
            try await permit.during {
                try await renewing(every: lease.renewalPause) {
                    try await session.renew()
                } during: {
                    try await session.receive(body)
                }
            }
        } catch {
            // Whatever went wrong, what came is kept; the first error is the one to tell.
            _ = try? await settled(session, permit.isGood ? .cut : .refused)
            throw error
        }
        return try await settled(session, .whole)
    }

    /// The upload once its length is noted, where that is news.
    private func noted(_ length: Int64?, of upload: Upload, _ lease: Lease) async throws -> Upload {
        guard let length, !upload.isSizeKnown else { return upload }
        guard length <= upload.size else { throw Failure.videoTooLarge(most: upload.size) }
        var upload = upload
        guard try await uploads.announce(length, isOpen: upload.isOpen, of: upload.id, lease) == .noted else {
            throw Failure.uploadBusy
        }
        (upload.size, upload.isSizeKnown) = (length, true)
        return upload
    }

    private func claim(_ id: UploadID, at offset: Int64, _ lease: Lease, as user: UserID) async throws -> Upload {
        if let upload = try await claimed(id, at: offset, lease, as: user).upload { return upload }
        return try await Wakes.by(await uploads.releases(of: id)) { wakes in
            let deadline = ContinuousClock.now + limits.turnPatience
            while true {
                let (upload, left) = try await claimed(id, at: offset, lease, as: user)
                if let upload { return upload }
                let patience = deadline - .now
                guard patience > .zero else { throw Failure.uploadBusy }
                try await wakes.wait(atMost: min(left, patience))
            }
        }
    }

    /// Nil while another request holds the lease, and how long that need not renew it.
    private func claimed(
        _ id: UploadID, at offset: Int64, _ lease: Lease, as user: UserID
    ) async throws -> (upload: Upload?, left: Duration) {
        switch try await uploads.claim(id, of: user, at: offset, lease) {
        case .granted(let upload): return (upload, .zero)
        case .busy(let left): return (nil, left)
        case .absent: throw Failure.uploadNotFound
        case .wrongOffset(let received):
            let upload = try await uploads.find(id, of: user)
            if upload?.partSize != nil { throw Failure.uploadDirect }
            let isJoined = upload?.parts.isEmpty == false
            throw isJoined ? Failure.uploadJoined : Failure.wrongOffset(received: received)
        }
    }

    /// Its own task: a request that is cancelled, as at the end of the process, still notes its bytes.
    private func settled(
        _ session: UploadSession<Uploads, Media>, _ end: UploadSession<Uploads, Media>.End
    ) async throws -> Upload {
        try await Task {
            let upload = try await renewing(every: limits.leaseLife / 3) {
                try await session.renew()
            } during: {
                try await session.settle(end)
            }
            return upload.awaitsFinish ? try await finish(upload) : upload
        }.value
    }
}

extension Permit {
    fileprivate var isGood: Bool { (try? check()) != nil }
}

/// A checksum over the pieces of one request's body, to be held against the one its sender made.
public protocol BodyChecksum<Chunk>: Sendable {
    associatedtype Chunk: Sendable

    mutating func update(with chunk: Chunk)

    /// Whether all pieces together have the checksum that was sent.
    func matches() -> Bool
}
