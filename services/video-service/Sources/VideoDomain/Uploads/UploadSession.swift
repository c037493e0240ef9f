import DomainKit
import Foundation

/// One request's writing to one upload, between claim and settlement.
actor UploadSession<Uploads: UploadStore, Media: MediaStore> {
    private let lease: Lease
    private let uploads: Uploads
    private let media: Media
    private let clock: any WallClock
    private let limits: UploadLimits
    private var upload: Upload
    private var checksum: (any BodyChecksum<Media.Writer.Chunk>)?
    private var writer: Media.Writer?
    private var taken: Int64
    private var lastRecord = ContinuousClock.now

    init(
        upload: Upload, lease: Lease, checksum: (any BodyChecksum<Media.Writer.Chunk>)?, uploads: Uploads,
        media: Media, clock: any WallClock, limits: UploadLimits
    ) {
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
            let count = Int64(Media.Writer.byteCount(of: piece))
            guard count <= upload.size - taken else { throw Failure.beyondLength(upload.size) }
            if count == 0 { continue }
            try await ensureLease()
            checksum?.update(with: piece)
            try await openedWriter().write(piece)
            taken += count
            try await checkpointIfDue()
        }
    }

    /// Makes what was taken durable, notes it and gives the lease back; without noting anything when there is a checksum
    /// that the body does not have, or cannot have as it is not `isWhole`.
    func settle(isWhole: Bool) async throws -> Upload {
        var fault: (any Error)?
        do {
            try await ensureLease()
            if let checksum, isWhole, !checksum.matches() { throw Failure.checksumMismatch }
            if let writer, isWhole || checksum == nil { upload.received = try await writer.flush() }
        } catch {
            fault = error
        }
        try await record(releasing: true)
        if let fault { throw fault }
        return upload
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

    /// Bytes under a checksum wait for its end; the lease is renewed all the same, by `ensureLease`.
    private func checkpointIfDue() async throws {
        guard checksum == nil,
            taken - upload.received >= limits.checkpointBytes
                || ContinuousClock.now - lastRecord >= limits.checkpointInterval
        else { return }
        if let writer { upload.received = try await writer.flush() }
        try await record(releasing: false)
    }

    /// After a pause another request may have got the lease: asks before anything more is written to the file.
    private func ensureLease() async throws {
        if ContinuousClock.now - lastRecord >= lease.life / 2 { try await record(releasing: false) }
    }

    private func record(releasing: Bool) async throws {
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
