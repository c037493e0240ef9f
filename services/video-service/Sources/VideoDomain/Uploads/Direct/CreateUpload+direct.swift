public import DomainKit
public import Foundation

extension CreateUpload {
    /// Begins an upload whose bytes go to the store in numbered parts. `new` says its size, of at least one byte.
    public func direct(
        _ new: NewUpload, effect: UUID? = nil, as viewer: Viewer
    ) async throws -> (upload: Upload, plan: PartPlan) {
        let size = new.size ?? limits.mostBytes
        guard size <= limits.mostBytes else { throw Failure.videoTooLarge(most: limits.mostBytes) }
        let (upload, plan) = try await begin(new, PartPlan(size: size), effect, viewer)
        return (upload, PartPlan(of: upload) ?? plan)
    }

    private func begin(
        _ new: NewUpload, _ plan: PartPlan, _ effect: UUID?, _ viewer: Viewer
    ) async throws -> (Upload, PartPlan) {
        try await rights.mayUpload(viewer.id)
        let now = clock.now
        let video = Video(
            id: VideoID(effect ?? ids.random()), ownerID: viewer.id, details: new.details, state: .uploading,
            contentType: new.contentType, filename: new.filename, size: plan.size, createdAt: now, updatedAt: now)
        let upload = Upload(
            id: UploadID(ids.ordered()), videoID: video.id, ownerID: viewer.id,
            media: try await media.begin(video.mediaKey), size: plan.size, partSize: plan.partSize, state: .direct,
            metadata: nil, createdAt: now, expiresAt: limits.expiry(from: now))
        return (try await store(upload, of: video, as: viewer), plan)
    }
}
