public import DomainKit
public import Foundation

/// The name of a video's bytes in the media store.
public struct MediaKey: Sendable, Hashable {
    public let text: String

    public init(of video: VideoID) {
        text = "videos/\(video)"
    }

    /// A key read back from where it was noted.
    public init(noted text: String) {
        self.text = text
    }
}

/// Bytes on their way into the media store: the key they will have and the store's own handle.
public struct MediaUpload: Sendable, Hashable {
    public var key: MediaKey
    public var handle: String

    public init(key: MediaKey, handle: String) {
        self.key = key
        self.handle = handle
    }
}

/// The port to where bytes are kept. Fails: `unavailable` when the store is away, `video.storage-full`.
public protocol MediaStore: Sendable {
    associatedtype Writer: MediaWriter

    func begin(_ key: MediaKey) async throws -> MediaUpload

    /// Goes on at `offset`, giving up bytes that were stored behind it. One writer at a time.
    /// Fails: `video.upload-not-found` when the bytes were discarded meanwhile.
    func writer(to upload: MediaUpload, at offset: Int64) async throws -> Writer

    /// Makes the `size` bytes readable under their key, at once and for good; may be repeated.
    func complete(_ upload: MediaUpload, size: Int64) async throws

    /// Gives bytes on their way up; may be repeated.
    func discard(_ upload: MediaUpload) async throws

    /// Removes finished bytes; may be repeated.
    func delete(_ key: MediaKey) async throws

    /// Uploads nobody has written to since `date`.
    func uploads(idleSince date: Date) async throws -> [MediaUpload]

    /// A URL by which whoever has it reads the video's bytes until `expiry`.
    func link(to video: Video, until expiry: Date) async throws -> String
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
