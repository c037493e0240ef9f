public import DomainKit
import Foundation

/// The port to where videos are kept. Fails: `unavailable` when the store is away.
public protocol VideoStore: Sendable {
    /// The video if `user` may know of it, see `Video.isVisible(to:)`.
    func find(_ id: VideoID, visibleTo user: UserID) async throws -> Video?

    /// Newest first, keyset by creation time and id: stable while others are added and removed.
    /// Fails: `invalidInput` for a cursor this list did not give.
    func list(_ query: VideoQuery, _ page: PageRequest) async throws -> Page<Video>

    /// Stores details and `updatedAt` if the stored version is still `video.version`; the stored video has the next one.
    /// Nil when it changed meanwhile or is gone.
    func update(_ video: Video) async throws -> Video?

    /// Removes the video if its version is still `version`, and hands its bytes over to `MediaCleanup` in the same
    /// transaction. False when it changed meanwhile or is gone.
    func delete(_ id: VideoID, version: Int64) async throws -> Bool
}

/// Which videos a list is to have. The visibility rule is part of it and cannot be left out.
public struct VideoQuery: Sendable, Hashable {
    public var viewer: UserID
    public var owner: UserID?
    /// Folded; each must occur in title, description or tags.
    public var words: [String]
    public var tag: String?

    /// `text` is split at white space; at most 10 words, at most 200 characters.
    public init(viewer: UserID, owner: UserID? = nil, text: String? = nil, tag: String? = nil) throws(Failure) {
        if let text, text.utf8.count > 800 {
            throw .invalid([Violation(pointer: "?q", code: "too-long", detail: "must have at most 200 characters")])
        }
        let words = foldedForSearch(text ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count <= 10 else {
            throw .invalid([Violation(pointer: "?q", code: "too-many", detail: "must have at most 10 words")])
        }
        if text?.contains("\0") == true || tag?.contains("\0") == true {
            throw .invalid([Violation(pointer: "", code: "bad-character", detail: "must not contain NUL")])
        }
        self.viewer = viewer
        self.owner = owner
        self.words = words
        self.tag = tag.map(foldedForSearch)
    }
}
