public import DomainKit
public import Foundation

/// The right to write to one upload, for as long as it is renewed: a dead holder's ends by itself.
public struct Lease: Sendable, Hashable {
    public let token: UUID
    public let life: Duration

    public init(token: UUID, life: Duration) {
        self.token = token
        self.life = life
    }
}

/// What came of asking for the right to write.
public enum Claim: Sendable, Hashable {
    case granted(Upload)
    /// Another request holds it, and does not have to renew it for so long.
    case busy(left: Duration)
    /// The bytes end at another offset than the one asked for.
    case wrongOffset(received: Int64)
    case absent
}

/// What came of noting durable bytes.
public enum Checkpoint: Sendable, Hashable {
    case noted
    /// The lease is no longer this one: nothing was changed and nothing more may be written.
    case leaseLost
    case absent
}

/// What came of giving an upload up.
public enum Cancellation: Sendable, Hashable {
    case done
    /// It has become a video meanwhile, or belongs to one.
    case finished
    case absent
}

/// The port to the state of uploads, which any replica can go on with. Fails: `unavailable`.
public protocol UploadStore: UploadJoins, UploadLeases, DirectUploads {
    /// Stores an upload and the video it will be, both or none; a part has none. Where that is there already, from an earlier
    /// try of the same call, nothing is stored: the answer is the upload that was made then, nil when that is gone.
    ///
    /// An upload whose size nobody knows, and its video, get what their owner has room for, at most the size they come with.
    /// With them its owner has no more than `limits` allow, whatever else is begun at the same moment.
    /// Fails: `video.quota-exceeded`; never for an earlier try's upload.
    func insert(_ upload: Upload, of video: Video?, within limits: Holdings) async throws -> Upload?

    func find(_ id: UploadID, of owner: UserID) async throws -> Upload?

    /// Newest first.
    func list(of owner: UserID, _ page: PageRequest) async throws -> Page<Upload>

    /// What the bytes of the upload were said to be. Nil when it is gone, and for a part.
    func announcedType(of id: UploadID) async throws -> ContentType?

    /// Makes the upload finished and its video ready, takes away what it was joined of and leaves the bytes of that to
    /// `MediaCleanup`, in one transaction; again is success. Nil when the upload is gone, and for a part.
    ///
    /// Where the bytes are no film the video failed, has no bytes any more, and leaves those it had to `MediaCleanup`.
    func finish(_ id: UploadID, of contents: Contents, at time: Date) async throws -> Upload?

    /// Removes an unfinished upload with its video and leaves its bytes to `MediaCleanup`, in one transaction; its parts are
    /// free again.
    ///
    /// `precondition` sees the upload as it is then, finished or not; when it throws nothing is removed.
    func cancel(
        _ id: UploadID, of owner: UserID, if precondition: @Sendable (Upload) throws -> Void
    ) async throws -> Cancellation

    /// Removes an upload that nobody is writing to and that had expired at `time`; one that is not finished goes as if
    /// it were cancelled. False when there is no such upload.
    func removeExpired(_ id: UploadID, at time: Date) async throws -> Bool

    /// Uploads nobody is writing to that have expired, or whose bytes are all here and that are not finished; in the
    /// order of expiry, those behind `last`.
    func overdue(at time: Date, after last: Upload?, limit: Int) async throws -> [Upload]
}

/// The port to who may write to an upload. Fails: `unavailable`.
public protocol UploadLeases: Sendable {
    /// Takes the lease if it is free or has run out, and `offset` is where the bytes end.
    func claim(_ id: UploadID, of owner: UserID, at offset: Int64, _ lease: Lease) async throws -> Claim

    /// Notes durable bytes and a new expiry, and renews the lease or, when `releasing`, gives it back.
    func record(
        _ received: Int64, of id: UploadID, _ lease: Lease, expiresAt: Date, releasing: Bool
    ) async throws -> Checkpoint

    /// Notes what has become known of the length: `size` is what the upload and its video have from then on. It ends with
    /// its last byte then, unless `isOpen`. The lease stays as it is.
    func announce(_ size: Int64, isOpen: Bool, of id: UploadID, _ lease: Lease) async throws -> Checkpoint

    /// Renews the lease and changes nothing else.
    func renew(_ id: UploadID, _ lease: Lease) async throws -> Checkpoint

    /// Tells when somebody may have given the upload's lease back, at any replica, and now and then without need. What
    /// happened before it listens it does not tell: whoever waits looks once more when the first word comes.
    func releases(of id: UploadID) async -> AsyncStream<Void>
}

/// The port to uploads that become one. Fails: `unavailable`.
public protocol UploadJoins: Sendable {
    /// Makes `parts` the parts of `upload`, and stores that and its video, all or nothing; `upload` and `video` get the size
    /// of all of them. Nothing is stored and the answer is an earlier upload where there is one: of the same call, then
    /// `video` is there, or of the same parts in the same order.
    ///
    /// What the parts have of their owner's bytes becomes the video's.
    /// Fails: `video.part-not-found`, `video.part-used`, `video.part-incomplete`; `video.too-large` beyond `mostBytes`;
    /// `video.quota-exceeded`.
    func join(
        _ parts: [UploadID], to upload: Upload, of video: Video, within limits: Holdings, mostBytes: Int64
    ) async throws -> Upload?

    /// What an upload is joined of, in this order.
    func parts(of upload: Upload) async throws -> [Upload]
}

extension UploadStore {
    /// Whatever the upload is by then.
    public func cancel(_ id: UploadID, of owner: UserID) async throws -> Cancellation {
        try await cancel(id, of: owner) { _ in }
    }
}
