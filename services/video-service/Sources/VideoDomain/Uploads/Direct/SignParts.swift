public import DomainKit
import Foundation

/// Gives the owner of an upload links by which its parts are put, as often as they are asked for. Asking keeps the upload alive.
///
/// Fails: `video.upload-not-found`, `video.upload-not-direct`, `video.upload-finished`, `video.upload-busy` while the parts are put
/// together; `platform.invalid-input` for numbers.
public struct SignParts<Uploads: UploadStore, Media: MediaStore>: Sendable {
    /// Seconds. Whoever is slower asks again.
    private let life: TimeInterval = 900

    let uploads: Uploads
    let media: Media
    let clock: any WallClock
    let limits: UploadLimits

    public init(uploads: Uploads, media: Media, clock: any WallClock, limits: UploadLimits) {
        self.uploads = uploads
        self.media = media
        self.clock = clock
        self.limits = limits
    }

    public func callAsFunction(_ numbers: [Int], of id: UploadID, as user: UserID) async throws -> [PartLink] {
        let now = clock.now
        guard let upload = try await uploads.extend(id, of: user, to: limits.expiry(from: now)) else {
            throw Failure.uploadNotFound
        }
        let plan = try upload.requireDirect()
        try plan.require(numbers) { "/numbers/\($0)" }
        let expiry = Date(timeIntervalSince1970: (now.timeIntervalSince1970 + life).rounded(.down))
        var links: [PartLink] = []
        for number in numbers {
            let size = plan.size(ofPart: number)
            links.append(try await media.link(toPart: number, of: upload.media, size: size, until: expiry))
        }
        return links
    }
}

extension Upload {
    /// How it is cut, where it takes parts.
    func requireDirect() throws(Failure) -> PartPlan {
        guard let plan = PartPlan(of: self) else { throw .uploadNotDirect }
        switch state {
        case .direct: return plan
        case .finished: throw .uploadFinished
        default: throw .uploadBusy
        }
    }
}
