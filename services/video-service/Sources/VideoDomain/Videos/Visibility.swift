public import DomainKit

/// Who, beside its owner, may know of a video that is ready.
public enum Visibility: String, Sendable, Hashable, CaseIterable {
    /// Everybody with an account finds and watches it.
    case `public`
    /// Everybody with an account who knows its id; no list and no search has it.
    case unlisted
    /// Everybody with an account finds it, and members watch it.
    case members
    /// Those its owner shares it with.
    case `private`

    public init(_ text: String) throws(Violation) {
        guard let value = Visibility(rawValue: text) else {
            let known = Visibility.allCases.map(\.rawValue).joined(separator: ", ")
            throw Violation(code: "unknown-value", detail: "must be one of: \(known)")
        }
        self = value
    }
}

/// The one rule of who may know of a video; `VideoStore` says the same in its queries, and a contract holds the two together.
extension Video {
    /// Whether the viewer may know of it at all. `isShared`: its owner shares it with the viewer; `isReported`: a report of it is open.
    public func isVisible(to viewer: Viewer, isShared: Bool, isReported: Bool) -> Bool {
        if ownerID == viewer.id { return true }
        switch state {
        case .ready: return details.visibility != .private || isShared || (isReported && viewer.looksAfterPlatform)
        case .removed: return viewer.looksAfterPlatform
        case .uploading, .failed: return false
        }
    }

    /// Whether lists and searches have it for the viewer: less than what may be known.
    public func isListed(to viewer: Viewer) -> Bool {
        if ownerID == viewer.id { return true }
        return state == .ready && (details.visibility == .public || details.visibility == .members)
    }
}

/// As whom somebody who may know of a video comes to it, where that says more than the video itself does.
public enum Sight: Sendable, Hashable {
    /// As everybody who may know of such a video, or as its owner.
    case itself
    /// As one it is shared with.
    case share
    /// As one who looks after the platform, as it was reported or taken down.
    case review
}
