public import DomainKit
public import Foundation

/// Makes one video of parts that were uploaded by themselves, in the order they are named.
///
/// The parts' bytes become the video's, so that this takes no room; they are gone once the video is ready. The same parts
/// named again, as after a lost reply, give the same upload.
/// Fails: as `UploadJoins`; as `VideoRights`; `video.upload-finished` for a call whose first try made an upload that is gone by now.
public struct JoinUploads<Uploads: UploadStore, Media: MediaStore>: Sendable {
    let uploads: Uploads
    let media: Media
    let finish: FinishUpload<Uploads, Media>
    let rights: any VideoRights
    let cleanup: any MediaCleaning
    let clock: any WallClock
    let ids: any IDSource
    let limits: UploadLimits
    let quotas: TierQuotas<VideoQuota>

    public init(
        uploads: Uploads, media: Media, finish: FinishUpload<Uploads, Media>, rights: any VideoRights,
        cleanup: any MediaCleaning, clock: any WallClock, ids: any IDSource, limits: UploadLimits,
        quotas: TierQuotas<VideoQuota>
    ) {
        self.uploads = uploads
        self.media = media
        self.finish = finish
        self.rights = rights
        self.cleanup = cleanup
        self.clock = clock
        self.ids = ids
        self.limits = limits
        self.quotas = quotas
    }

    /// `new` says all but the size. Answers with the upload as it is by then: somebody else may be at the joining.
    public func callAsFunction(
        _ parts: [UploadID], as new: NewUpload, effect: UUID? = nil, by viewer: Viewer
    ) async throws -> Upload {
        try await rights.mayUpload(viewer.id)
        let now = clock.now
        let video = Video(
            id: VideoID(effect ?? ids.random()), ownerID: viewer.id, details: new.details, state: .uploading,
            contentType: new.contentType, filename: new.filename, size: 0, createdAt: now, updatedAt: now)
        let begun = try await media.begin(video.mediaKey)
        let upload = Upload(
            id: UploadID(ids.ordered()), videoID: video.id, parts: parts, ownerID: viewer.id, media: begun, size: 0,
            state: .joining, metadata: new.metadata, createdAt: now, expiresAt: limits.expiry(from: now))
        let stored: Upload?
        do {
            stored = try await uploads.join(
                parts, to: upload, of: video, within: Holdings(allowedBy: quotas, for: viewer.tier),
                mostBytes: limits.mostBytes)
        } catch {
            try? await media.abort(begun)
            throw error
        }
        if stored?.id != upload.id { try? await media.abort(begun) }
        guard let stored else { throw Failure.uploadFinished }
        let joined = try await finish(stored)
        if joined.state == .finished { await cleanup.soon() }
        return joined
    }
}
