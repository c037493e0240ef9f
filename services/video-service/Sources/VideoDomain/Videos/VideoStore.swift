public import DomainKit
import Foundation
import TextSearch

/// The port to where videos are kept. Fails: `unavailable` when the store is away.
public protocol VideoStore: Sendable {
    /// The video if `viewer` may know of it, see `Video.isVisible`.
    func find(_ id: VideoID, visibleTo viewer: Viewer) async throws -> Video?

    /// Those of `Video.isListed`, newest first; with words those first that have all of them in their title. Keyset by that,
    /// creation time and id: stable while others are added and removed. Of those that are shared with the viewer all that may be
    /// known, whatever was shared last first.
    /// Fails: `invalidInput` for a cursor this list did not give.
    func list(_ query: VideoQuery, _ page: PageRequest) async throws -> Page<Video>

    /// Stores details and `updatedAt` if the stored version is still `video.version`; the stored video has the next one.
    func update(_ video: Video) async throws -> Change<Video>

    /// Removes the video if its version is still `version`, and hands its bytes over to `MediaCleanup` in the same
    /// transaction.
    func delete(_ id: VideoID, version: Int64) async throws -> Change<Void>
}

/// What came of changing something that had to be at a certain version.
public enum Change<Value: Sendable>: Sendable {
    case done(Value)
    /// It is at another version.
    case changed
    case absent

    public var value: Value? {
        if case .done(let value) = self { value } else { nil }
    }
}

/// Which videos a list is to have. The visibility rule is part of it and cannot be left out.
public struct VideoQuery: Sendable, Hashable {
    public var viewer: Viewer
    public var owner: UserID?
    /// Folded; each must occur in title, description or tags.
    public var words: [String]
    public var tag: String?
    /// Only those whose owners share them with the viewer.
    public var isShared: Bool

    /// `text` is split at white space; at most 10 words, at most 200 characters, counted in Unicode scalars as those of
    /// `tag` are, of which there may be 40. What is shared is not looked through for words.
    public init(
        viewer: Viewer, owner: UserID? = nil, text: String? = nil, tag: String? = nil, isShared: Bool = false
    ) throws(Failure) {
        for (name, value, longest) in [("?q", text, 200), ("?tag", tag, 40)] {
            guard let scalars = value?.unicodeScalars else { continue }
            guard scalars.count <= longest else {
                throw .invalid([
                    Violation(pointer: name, code: "too-long", detail: "must have at most \(longest) characters")
                ])
            }
            guard !scalars.contains("\0") else {
                throw .invalid([Violation(pointer: name, code: "bad-character", detail: "must not contain NUL")])
            }
        }
        let words = FoldedText(text ?? "").words
        guard words.count <= 10 else {
            throw .invalid([Violation(pointer: "?q", code: "too-many", detail: "must have at most 10 words")])
        }
        guard words.isEmpty || !isShared else {
            throw .invalid([
                Violation(pointer: "?shared", code: "not-acceptable", detail: "cannot be looked through for words")
            ])
        }
        self.viewer = viewer
        self.owner = owner
        self.words = words
        self.isShared = isShared
        self.tag = tag.map { foldedForSearch($0).trimmingCharacters(in: .whitespacesAndNewlines) }
    }
}
