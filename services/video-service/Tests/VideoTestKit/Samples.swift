public import DomainKit
public import Foundation
import Synchronization
public import VideoDomain

public enum Sample {
    public static func user() -> UserID { UserID(UUID()) }

    /// Somebody else than all others.
    public static func viewer() -> Viewer { Viewer(user()) }

    public static func details(
        _ title: String = "A video", description: String = "", tags: [String] = [], _ visibility: Visibility = .public
    ) throws -> VideoDetails {
        VideoDetails(
            title: try Title(title), description: try Description(description), tags: try Tags(tags),
            visibility: visibility)
    }

    public static func new(size: Int64, _ visibility: Visibility = .public) throws -> NewUpload {
        NewUpload(
            size: size, details: try details("A video", visibility), contentType: try ContentType("video/mp4"),
            filename: try Filename("a.mp4"), metadata: "title QQ==")
    }

    public static let film = Contents.film(.unknown)

    /// A video and the upload it comes from.
    public static func pair(
        of owner: UserID, details: VideoDetails, size: Int64 = 10, at time: Date
    ) -> (video: Video, upload: Upload) {
        let video = Video(
            id: VideoID(UUID()), ownerID: owner, details: details, state: .uploading, contentType: .unknown,
            filename: nil, size: size, createdAt: time, updatedAt: time)
        let upload = Upload(
            id: UploadID(SystemIDSource().ordered()), videoID: video.id, ownerID: owner,
            media: MediaUpload(key: video.mediaKey, id: UUID().uuidString), size: size, metadata: "title QQ==",
            createdAt: time, expiresAt: time + 3_600)
        return (video, upload)
    }
}

extension TierQuotas<VideoQuota> {
    /// More than any test needs.
    public static var ample: TierQuotas { (try? TierQuotas("free uploads=1000 videos=1000 bytes=1TiB")) ?? .nothing }
}

extension UploadStore {
    /// For an owner who may have as much as they like.
    public func insert(_ upload: Upload, of video: Video?) async throws -> Upload? {
        try await insert(upload, of: video, within: Holdings(uploads: .max, videos: .max, bytes: .max))
    }
}

extension Viewer {
    /// With a credential that lasts.
    public init(_ id: UserID) {
        self.init(id: id, expiresAt: .distantFuture)
    }
}

/// Takes any bytes for the film they are said to be, as most tests are about other things.
public struct AnyContents: ContentsRule {
    public init() {}

    public func contents(_ beginning: [UInt8], saidToBe type: ContentType) -> Contents { .film(type) }
}

/// A store that does not keep what its port promises.
public struct BrokenPromise: Error, CustomStringConvertible {
    public let description: String
}

/// Throws unless `condition` holds.
public func hold(_ condition: Bool, _ promise: String) throws {
    if !condition { throw BrokenPromise(description: "broken promise: \(promise)") }
}
