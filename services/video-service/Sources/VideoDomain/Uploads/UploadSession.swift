import DomainKit
import Foundation

/// One request's writing to one upload, between claim and settlement.
actor UploadSession<Uploads: UploadStore, Media: MediaStore> {
    /// How a request came to its end.
    enum End {
        /// The body is here.
        case whole
        /// The body, or something else, broke off.
        case cut
        /// The caller has lost the right: what came since the last checkpoint does not count.
        case refused
    }

    private let lease: Lease
    private let end: UploadEnd
    private let progress: @Sendable (Int64) async -> Void
    private let uploads: Uploads
    private let media: Media
    private let clock: any WallClock
    private let limits: UploadLimits
    private var upload: Upload
    private var checksum: (any BodyChecksum<Media.Writer.Chunk>)?
    private var writer: Media.Writer?
    private var taken: Int64
    private var lastRecord = ContinuousClock.now
    private var lastPiece = ContinuousClock.now
    /// Bytes are on their way into the store.
    private var isStoring = false
    /// The lease is being given back, or was.
    private var isReleasing = false

    init(
        upload: Upload, lease: Lease, end: UploadEnd, checksum: (any BodyChecksum<Media.Writer.Chunk>)?,
        progress: @escaping @Sendable (Int64) async -> Void, uploads: Uploads, media: Media, clock: any WallClock,
        limits: UploadLimits
    ) {
        self.end = end
        self.progress = progress
        self.checksum = checksum
        self.upload = upload
        self.lease = lease
        self.uploads = uploads
        self.media = media
        self.clock = clock
        self.limits = limits
        taken = upload.received
    }

    /// Writes until the body ends. A piece that would go beyond the announced length is refused as a whole.
    func receive<Body: AsyncSequence & Sendable>(_ body: Body) async throws
    where Body.Element == Media.Writer.Chunk {
        var pieces = body.makeAsyncIterator()
        while let piece = try await next(&pieces) {
            lastPiece = .now
            let count = Int64(Media.Writer.byteCount(of: piece))
            guard count <= upload.size - taken else { throw Failure.beyondLength(upload.size) }
            if count == 0 { continue }
            try await ensureLease()
            checksum?.update(with: piece)
            let writer = try await openedWriter()
            try await storing { try await writer.write(piece) }
            taken += count
            try await checkpointIfDue()
        }
    }

    /// Makes what was taken durable, notes it and gives the lease back; without noting anything when the caller lost the
    /// right, and when there is a checksum that the body does not have, or cannot have as it is not whole.
    func settle(_ way: End) async throws -> Upload {
        var fault: (any Error)?
        do {
            try await ensureLease()
            let counts =
                switch way {
                case .whole: true
                case .cut: checksum == nil
                case .refused: false
                }
            if let checksum, way == .whole, !checksum.matches() { throw Failure.checksumMismatch }
            if let writer, counts { upload.received = try await storing { try await writer.flush() } }
            if way == .whole { try await endUpload() }
        } catch {
            fault = error
        }
        try await record(releasing: true)
        if let fault { throw fault }
        return upload
    }

    /// The request was the upload's last one: what is here is the whole.
    private func endUpload() async throws {
        guard case .here = end else { return }
        if upload.isSizeKnown, upload.received != upload.size { throw Failure.inconsistentLength }
        guard upload.isOpen else { return }
        // Noted before, so that nobody takes an upload for ended that misses bytes.
        try await record(releasing: false)
        guard try await uploads.announce(upload.received, isOpen: false, of: upload.id, lease) == .noted else {
            throw Failure.uploadBusy
        }
        (upload.size, upload.isSizeKnown, upload.isOpen) = (upload.received, true, false)
    }

    /// Opened with the first byte: a request without any, as at the end of a finished upload, needs none.
    private func openedWriter() async throws -> Media.Writer {
        if let writer { return writer }
        let opened = try await media.writer(to: upload.media, at: upload.received)
        writer = opened
        return opened
    }

    private func next<Pieces: AsyncIteratorProtocol>(_ pieces: inout Pieces) async throws -> Pieces.Element? {
        do {
            return try await pieces.next(isolation: self)
        } catch {
            throw Failure.bodyCut(error)
        }
    }

    /// Bytes under a checksum wait for its end; the lease is renewed all the same, by `ensureLease`. The last byte waits for
    /// the end as well, where the caller's right is looked at once more: with it noted the upload would only await its finish.
    private func checkpointIfDue() async throws {
        guard checksum == nil, taken < upload.size,
            taken - upload.received >= limits.checkpointBytes
                || ContinuousClock.now - lastRecord >= limits.checkpointInterval
        else { return }
        if let writer { upload.received = try await storing { try await writer.flush() } }
        try await record(releasing: false)
        await progress(upload.received)
    }

    /// After a pause another request may have got the lease: asks before anything more is written to the file.
    private func ensureLease() async throws {
        if ContinuousClock.now - lastRecord >= lease.life / 2 { try await record(releasing: false) }
    }

    /// Renews the lease while something moves: bytes come or came just now, or are being stored, however long that takes.
    /// A database that is away may be back before the lease ends.
    ///
    /// Fails: `video.upload-busy`, `video.upload-not-found`, when nothing more may be written.
    func renew() async throws {
        guard !isReleasing, isStoring || .now - lastPiece < limits.stallPatience else { return }
        let asked = ContinuousClock.now
        do {
            let checkpoint = try await uploads.renew(upload.id, lease)
            if isReleasing { return }
            switch checkpoint {
            case .noted: lastRecord = max(lastRecord, asked)
            case .leaseLost: throw Failure.uploadBusy
            case .absent: throw Failure.uploadNotFound
            }
        } catch let failure as Failure where failure.kind == .unavailable {}
    }

    private func storing<Value>(_ work: () async throws -> Value) async throws -> Value {
        isStoring = true
        defer { isStoring = false }
        return try await work()
    }

    private func record(releasing: Bool) async throws {
        if releasing { isReleasing = true }
        let asked = ContinuousClock.now
        upload.expiresAt = limits.expiry(from: clock.now)
        let checkpoint = try await uploads.record(
            upload.received, of: upload.id, lease, expiresAt: upload.expiresAt, releasing: releasing)
        switch checkpoint {
        case .noted: break
        case .leaseLost: throw Failure.uploadBusy
        case .absent: throw Failure.uploadNotFound
        }
        upload.isBeingWritten = !releasing
        lastRecord = asked
    }
}
