public import DomainKit
public import Foundation

public typealias UploadID = ID<Upload>

/// Bytes on their way here, in as many requests as it takes: a video's, or a part's of one that is joined of several.
public struct Upload: Sendable, Hashable {
    public enum State: String, Sendable, Hashable, CaseIterable {
        case uploading
        /// All bytes are here and the video is ready.
        case finished
        /// A part of a video to be, and nobody's video by itself.
        case partial
        /// Its parts are all here and become one.
        case joining
        /// Its bytes go to the store in numbered parts, past us.
        case direct
        /// The store puts the parts together, or was asked to.
        case completing
    }

    public let id: UploadID
    /// Nil for a part.
    public let videoID: VideoID?
    /// What it is joined of, in this order; empty for all others.
    public let parts: [UploadID]
    /// The upload that this part belongs to by now.
    public var joinedTo: UploadID?
    public let ownerID: UserID
    public var media: MediaUpload
    /// Bytes announced; while nobody has said it, what there is room for.
    public var size: Int64
    public var isSizeKnown: Bool
    /// It does not end before a request says so, whatever is here.
    public var isOpen: Bool
    /// Bytes of each part but the last; nil unless its bytes come in numbered parts.
    public let partSize: Int64?
    /// What the bytes of its parts are to have, as far as somebody said it: lower-case hex.
    public var sha256: String?
    /// Bytes durably stored, from the start and without a hole; of numbered parts none is counted here before they are one.
    public var received: Int64
    public var state: State
    /// What the client said when it created the upload, to be given back as it was.
    public let metadata: String?
    public let createdAt: Date
    /// From then on the upload may be given up; progress moves it.
    public var expiresAt: Date
    /// A request is writing to it at this moment.
    public var isBeingWritten: Bool

    public init(
        id: UploadID, videoID: VideoID?, parts: [UploadID] = [], joinedTo: UploadID? = nil, ownerID: UserID,
        media: MediaUpload, size: Int64, isSizeKnown: Bool = true,
        isOpen: Bool = false, partSize: Int64? = nil, sha256: String? = nil, received: Int64 = 0,
        state: State = .uploading, metadata: String?, createdAt: Date, expiresAt: Date, isBeingWritten: Bool = false
    ) {
        self.id = id
        self.videoID = videoID
        self.parts = parts
        self.joinedTo = joinedTo
        self.ownerID = ownerID
        self.media = media
        self.size = size
        self.isSizeKnown = isSizeKnown
        self.isOpen = isOpen
        self.partSize = partSize
        self.sha256 = sha256
        self.received = received
        self.state = state
        self.metadata = metadata
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.isBeingWritten = isBeingWritten
    }

    /// All bytes are here, and what makes them a video did not happen yet, as after a crash in between.
    public var awaitsFinish: Bool {
        switch state {
        case .joining, .completing: true
        case .uploading: !isOpen && received == size
        case .finished, .partial, .direct: false
        }
    }

    /// A part with all its bytes, which no video has yet and nobody writes to.
    public var isReadyToJoin: Bool { state == .partial && joinedTo == nil && received == size && !isBeingWritten }
}
