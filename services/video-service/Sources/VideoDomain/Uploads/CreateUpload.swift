public import DomainKit
public import Foundation

/// What a client announces before it sends bytes.
public struct NewUpload: Sendable, Hashable {
    /// Nil while nobody has said it.
    public var size: Int64?
    /// The upload does not end before a request says so.
    public var isOpen = false
    public var details: VideoDetails
    public var contentType: ContentType
    public var filename: Filename?
    public var metadata: String?

    public init(size: Int64?, details: VideoDetails, contentType: ContentType, filename: Filename?, metadata: String?) {
        self.size = size
        self.details = details
        self.contentType = contentType
        self.filename = filename
        self.metadata = metadata
    }
}

/// Begins an upload and the video it will be.
///
/// The media store is asked first; should the rest fail, `MediaCleanup` finds the orphan. What its owner's membership allows
/// is asked here and never again: the bytes are counted from now on, and who began an upload finishes it within them.
/// Fails: `video.too-large`; as `VideoRights`; `video.quota-exceeded`; `video.upload-finished` for a call whose first try made an
/// upload that is gone by now.
public struct CreateUpload<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let finish: FinishUpload<Uploads, Media>
    let rights: any VideoRights
    let clock: any WallClock
    let ids: any IDSource
    let limits: UploadLimits
    let quotas: TierQuotas<VideoQuota>

    public init(
        uploads: Uploads, media: Media, finish: FinishUpload<Uploads, Media>, rights: any VideoRights,
        clock: any WallClock, ids: any IDSource, limits: UploadLimits, quotas: TierQuotas<VideoQuota>
    ) {
        self.uploads = uploads
        self.media = media
        self.finish = finish
        self.rights = rights
        self.clock = clock
        self.ids = ids
        self.limits = limits
        self.quotas = quotas
    }

    /// `effect` is the same over all tries of one call, and becomes the video's id: a try after one that got through gives
    /// that one's upload, as far as it is by now.
    public func callAsFunction(
        _ new: NewUpload, effect: UUID? = nil, as viewer: Viewer
    ) async throws -> (upload: Upload, isNew: Bool) {
        let size = new.size ?? limits.mostBytes
        guard size <= limits.mostBytes else { throw Failure.videoTooLarge(most: limits.mostBytes) }
        try await rights.mayUpload(viewer.id)
        let now = clock.now
        let video = Video(
            id: VideoID(effect ?? ids.random()), ownerID: viewer.id, details: new.details, state: .uploading,
            contentType: new.contentType, filename: new.filename, size: size, createdAt: now, updatedAt: now)
        let begun = try await media.begin(video.mediaKey)
        let upload = Upload(
            id: UploadID(ids.ordered()), videoID: video.id, ownerID: viewer.id, media: begun, size: size,
            isSizeKnown: new.size != nil, isOpen: new.isOpen, metadata: new.metadata, createdAt: now,
            expiresAt: limits.expiry(from: now))
        let stored = try await store(upload, of: video, as: viewer)
        // An empty file has all its bytes already.
        let isReady = stored.awaitsFinish && !stored.isBeingWritten
        return (isReady ? try await finish(stored) : stored, stored.id == upload.id)
    }

    /// Begins a part of a video to be (tus §Concatenation), which is nobody's video until it is joined with others.
    /// `effect` becomes the upload's id.
    public func part(
        of size: Int64, metadata: String?, effect: UUID? = nil, as viewer: Viewer
    ) async throws -> (upload: Upload, isNew: Bool) {
        guard size <= limits.mostBytes else { throw Failure.videoTooLarge(most: limits.mostBytes) }
        try await rights.mayUpload(viewer.id)
        let (now, id) = (clock.now, UploadID(effect ?? ids.ordered()))
        let begun = try await media.begin(MediaKey(ofPart: id))
        let upload = Upload(
            id: id, videoID: nil, ownerID: viewer.id, media: begun, size: size, state: .partial, metadata: metadata,
            createdAt: now, expiresAt: limits.expiry(from: now))
        let stored = try await store(upload, of: nil, as: viewer)
        return (stored, stored.media == begun)
    }

    /// What could not be stored, or was before, leaves no bytes.
    func store(_ upload: Upload, of video: Video?, as viewer: Viewer) async throws -> Upload {
        let stored: Upload?
        do {
            stored = try await uploads.insert(
                upload, of: video, within: Holdings(allowedBy: quotas, for: viewer.tier))
        } catch {
            try? await media.abort(upload.media)
            throw error
        }
        if stored?.media != upload.media { try? await media.abort(upload.media) }
        guard let stored else { throw Failure.uploadFinished }
        return stored
    }
}
