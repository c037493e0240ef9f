public import DomainKit
public import Foundation

public typealias VideoID = ID<Video>

/// One video: what is said about it, and where its bytes are once they are all here.
public struct Video: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// Its bytes are still arriving; only its owner sees it.
        case uploading
        case ready
        /// Its bytes turned out not to be what was announced.
        case failed
        /// Taken down.
        case removed
    }

    /// Random, since an id is half of what it takes to ask for a video.
    public let id: VideoID
    public let ownerID: UserID
    public var details: VideoDetails
    public var state: State
    /// Why it failed.
    public var fault: VideoFault?
    public var contentType: ContentType
    /// The name the file had on its owner's machine.
    public let filename: Filename?
    /// Bytes; none when it failed.
    public var size: Int64
    /// Lower-case hex of the whole file's SHA-256; nil until something made it necessary to read the file for it.
    public var sha256: String?
    public let createdAt: Date
    public var updatedAt: Date
    /// Grows with every change of what its owner or a moderator says; what they change it by.
    public var version: Int64
    /// What is made of it, as the store tells; nil before its bytes are here.
    public var processing: Processing?

    public init(
        id: VideoID, ownerID: UserID, details: VideoDetails, state: State, fault: VideoFault? = nil,
        contentType: ContentType, filename: Filename?, size: Int64, sha256: String? = nil, createdAt: Date,
        updatedAt: Date, version: Int64 = 1, processing: Processing? = nil
    ) {
        self.id = id
        self.ownerID = ownerID
        self.details = details
        self.state = state
        self.fault = fault
        self.contentType = contentType
        self.filename = filename
        self.size = size
        self.sha256 = sha256
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
        self.processing = processing
    }

    /// Where the bytes are in the media store.
    public var mediaKey: MediaKey { MediaKey(of: id) }
}

/// The part of a video that its owner writes and may change.
public struct VideoDetails: Sendable, Hashable {
    public var title: Title
    public var description: Description
    public var tags: Tags
    public var visibility: Visibility

    public init(title: Title, description: Description, tags: Tags, visibility: Visibility) {
        self.title = title
        self.description = description
        self.tags = tags
        self.visibility = visibility
    }
}
