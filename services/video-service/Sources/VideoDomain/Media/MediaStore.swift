public import DomainKit
public import Foundation

/// The name of a video's bytes in the media store.
public struct MediaKey: Sendable, Hashable {
    public let text: String

    public init(of video: VideoID) {
        text = "videos/\(video)"
    }

    /// How all keys begin.
    public static let areas = ["partials/", "renditions/", "videos/"]

    /// How all keys begin of what was made of a video under one claim. A note on it is a note on all of them.
    public init(madeOf video: VideoID, under claim: Int64) {
        text = "renditions/\(video)/\(claim)/"
    }

    /// Of one thing that was made under a claim.
    public init(_ name: String, madeOf video: VideoID, under claim: Int64) {
        text = "renditions/\(video)/\(claim)/\(name)"
    }

    /// Whether it stands for all keys that begin with it.
    var isArea: Bool { text.hasSuffix("/") }

    /// Of a part, which is no video's yet.
    public init(ofPart upload: UploadID) {
        text = "partials/\(upload)"
    }

    /// The video whose bytes these are, or were made of; nil for those of a part.
    public var videoID: VideoID? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.first {
        case "videos" where parts.count == 2: return VideoID(String(parts[1]))
        case "renditions" where parts.count > 2: return VideoID(String(parts[1]))
        default: return nil
        }
    }

    /// Whether these were made of a video.
    public var isMade: Bool { text.hasPrefix("renditions/") }

    /// A key read back from where it was noted.
    public init(noted text: String) {
        self.text = text
    }
}

/// Bytes on their way into the media store: the key they will have and the store's own id for them.
public struct MediaUpload: Sendable, Hashable {
    public var key: MediaKey
    public var id: String

    public init(key: MediaKey, id: String) {
        self.key = key
        self.id = id
    }
}

/// The port to where bytes are kept: media are what objects are to an object store, and it speaks of them in the same
/// words. Fails: `unavailable` when the store is away, `video.storage-full`.
public protocol MediaStore: MediaParts {
    associatedtype Writer: MediaWriter

    func begin(_ key: MediaKey) async throws -> MediaUpload

    /// Goes on at `offset`, where the last flush ended or the one before it, giving up bytes that were stored behind it.
    /// One writer at a time. Fails: `video.upload-not-found` when the bytes were given up meanwhile.
    func writer(to upload: MediaUpload, at offset: Int64) async throws -> Writer

    /// Makes the `size` bytes readable under their key, at once and for good; may be repeated.
    /// Fails: `video.upload-not-found` when they were given up.
    func complete(_ upload: MediaUpload, size: Int64) async throws

    /// Makes the bytes of `parts`, one after another, those of `upload`, readable under its key at once and for good, without
    /// bringing them all here; the parts stay. May be repeated, by one at a time.
    /// Fails: `video.upload-not-found` when any of them were given up.
    func complete(_ upload: MediaUpload, joining parts: [(upload: MediaUpload, size: Int64)]) async throws

    /// Gives bytes on their way up; may be repeated.
    func abort(_ upload: MediaUpload) async throws

    /// The first `count` bytes under a key, or all where there are fewer; nil when nothing is there.
    func beginning(of key: MediaKey, count: Int) async throws -> [UInt8]?

    /// Removes finished bytes; may be repeated.
    func remove(_ key: MediaKey) async throws

    /// Uploads under way that began before `date`, behind the page whose `next` is `mark`; one that was written to since
    /// may be left out.
    func uploads(begunBefore date: Date, after mark: String?) async throws -> MediaUploadPage

    /// What is complete under keys that begin with `area`, in the order of keys, behind the page whose `next` is `mark`. What comes
    /// or goes meanwhile may be left out.
    func objects(in area: String, after mark: String?) async throws -> MediaObjectPage

    /// A URL by which whoever has it reads the video's bytes until `expiry`, or until the store's own credentials end. Where
    /// the service itself answers it, it counts only as long as the viewer's credential does.
    func link(to watched: WatchedVideo, for viewer: Viewer, until expiry: Date) async throws -> PlaybackLink

    /// The same of something that was made of the video, for whoever may know of that.
    func link(to made: MediaKey, for viewer: Viewer, until expiry: Date) async throws -> PlaybackLink
}

/// What a store has under a key.
public struct MediaObject: Sendable, Hashable {
    public var key: MediaKey
    /// Bytes.
    public var size: Int64
    public var modified: Date

    public init(key: MediaKey, size: Int64, modified: Date) {
        self.key = key
        self.size = size
        self.modified = modified
    }
}

/// Some of what a store has, and what to ask for the next ones with; nil at the end.
public struct MediaObjectPage: Sendable {
    public var objects: [MediaObject]
    public var next: String?

    public init(objects: [MediaObject], next: String?) {
        self.objects = objects
        self.next = next
    }
}

/// Some of a store's uploads, and what to ask for the next ones with; nil at the end.
public struct MediaUploadPage: Sendable {
    public var uploads: [MediaUpload]
    public var next: String?

    public init(uploads: [MediaUpload], next: String?) {
        self.uploads = uploads
        self.next = next
    }
}

/// Writes one upload's bytes; for one task.
public protocol MediaWriter: Sendable {
    /// A piece of a body as it comes off the wire; the domain only counts its bytes.
    associatedtype Chunk: Sendable

    static func byteCount(of chunk: Chunk) -> Int

    /// Takes a piece; waits while too much is under way.
    func write(_ chunk: Chunk) async throws

    /// Makes all pieces taken so far durable and says where they end.
    func flush() async throws -> Int64
}
