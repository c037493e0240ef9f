/// What the bytes of an upload turned out to be, once they were all here.
public enum Contents: Sendable, Hashable {
    /// To be sent as this type.
    case film(ContentType)
    case no(VideoFault)
}

/// Why the bytes of a video are not what was announced.
public enum VideoFault: String, Sendable, Hashable, CaseIterable {
    /// They begin as no film does.
    case unknownContainer = "unknown-container"
    /// They are a film of another kind than was said.
    case otherContainer = "other-container"
}

/// Says what a file is by its first bytes, of which it gets `Container.longestBeginning`, or all.
public protocol ContentsRule: Sendable {
    func contents(_ beginning: [UInt8], saidToBe type: ContentType) -> Contents
}

/// Takes the containers there are names for, under no other name.
public struct KnownContainers: ContentsRule {
    public init() {}

    public func contents(_ beginning: [UInt8], saidToBe type: ContentType) -> Contents {
        guard let container = Container(beginning) else { return .no(.unknownContainer) }
        if type == .unknown { return .film(container.contentType) }
        return container.isTold(by: type) ? .film(type) : .no(.otherContainer)
    }
}
