public import DomainKit

/// How much of everything that is counted: what an account has, what it may have, or what is to come to it.
public struct Holdings: Sendable, Hashable {
    public var uploads: Int64
    public var videos: Int64
    public var bytes: Int64

    public init(uploads: Int64 = 0, videos: Int64 = 0, bytes: Int64 = 0) {
        self.uploads = uploads
        self.videos = videos
        self.bytes = bytes
    }

    /// What an account of this tier may have.
    public init(allowedBy quotas: TierQuotas<VideoQuota>, for tier: String) {
        self.init(
            uploads: quotas.limit(of: .uploads, for: tier), videos: quotas.limit(of: .videos, for: tier),
            bytes: quotas.limit(of: .bytes, for: tier))
    }

    /// What comes to an account with a new upload.
    public init(begun upload: Upload) {
        self.init(uploads: 1, videos: upload.videoID == nil ? 0 : 1, bytes: upload.size)
    }

    /// How many bytes of an upload there is room for whose size nobody knows; of any other its size.
    public func room(for upload: Upload, within limits: Holdings) -> Int64 {
        if upload.isSizeKnown { return upload.size }
        let (room, isBeyond) = limits.bytes.subtractingReportingOverflow(bytes)
        // One byte more than none at all, which is refused then.
        return isBeyond ? upload.size : min(upload.size, max(1, room))
    }

    public subscript(quota: VideoQuota) -> Int64 {
        switch quota {
        case .uploads: uploads
        case .videos: videos
        case .bytes: bytes
        }
    }

    /// These are what an account has: fails with `video.quota-exceeded` where `more` would go beyond `limits`. Of what comes
    /// nothing of there may be any number.
    public func requireRoom(for more: Holdings, within limits: Holdings) throws(Failure) {
        for quota in VideoQuota.allCases {
            let use = QuotaUse(used: self[quota], limit: limits[quota])
            guard more[quota] == 0 || use.hasRoom(for: more[quota]) else {
                throw .quotaExceeded(Failure.quotaExceededCode, quota, use)
            }
        }
    }
}

/// The port to how much each account has here, its uploads and videos counted as they come and go.
/// Fails: `unavailable`.
public protocol HoldingStore: Sendable {
    /// Of an account that was never seen, nothing.
    func holdings(of owner: UserID) async throws -> Holdings
}
