public import DomainKit
public import Foundation

/// A video that its owner shows to somebody, who counts while it is private.
public struct VideoShare: Sendable, Hashable {
    /// So many people one video may be shared with.
    public static let most = 100

    public let videoID: VideoID
    public let userID: UserID
    public let sharedAt: Date

    public init(videoID: VideoID, userID: UserID, sharedAt: Date) {
        self.videoID = videoID
        self.userID = userID
        self.sharedAt = sharedAt
    }
}

/// What came of sharing.
public enum Sharing: Sendable, Hashable {
    case made(VideoShare)
    /// It was before, since then.
    case already(VideoShare)
    /// It is shared with as many as it may be.
    case full
    /// The account was erased.
    case accountErased
    /// There is no such video.
    case absent
}

/// The port to whom videos are shared with. Fails: `unavailable`.
public protocol ShareStore: Sendable {
    /// Shares a video with no more people than `most`, however many are added at once.
    func share(_ share: VideoShare, atMost most: Int) async throws -> Sharing

    /// Takes a share back, where there is one.
    func unshare(_ video: VideoID, with user: UserID) async throws

    func isShared(_ video: VideoID, with user: UserID) async throws -> Bool

    /// Newest first. Fails: `invalidInput` for a cursor this list did not give.
    func shares(of video: VideoID, _ page: PageRequest) async throws -> Page<VideoShare>
}
