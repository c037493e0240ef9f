public import Foundation
public import Hummingbird
public import NIOCore

/// The door to stored bytes: opens what a signed URL names, for whoever has it.
public protocol MediaGate: Sendable {
    associatedtype File: MediaFile

    /// `path` is what follows `/media/`. Fails: `video.link-invalid`, `video.link-expired`, `video.not-found`;
    /// `video.link-revoked` and `user.banned` when whoever it was made for may not read any more, `unavailable` while
    /// nobody can say.
    func open(path: String, query: String) async throws -> File

    /// What an address of renditions names: `ticket` is its part that says whose it is, `name` the file, which is one of `RenditionFile`'s.
    ///
    /// Fails: as `open`; also when whoever it was made for may not watch the video any more.
    func rendition(_ ticket: String, _ name: String) async throws -> RenditionAnswer

    /// Stores `body`, of `length` bytes as far as that was said, as the part that a signed URL names; returns its etag.
    ///
    /// Fails: `video.link-invalid`, `video.link-expired`; `video.part-size`; `video.upload-not-found` when it takes no parts any
    /// more; `video.body-cut`, `video.storage-full`, `unavailable`.
    func put(_ body: RequestBody, length: Int64?, path: String, query: String) async throws -> String
}

/// What an address of renditions is answered with.
public enum RenditionAnswer: Sendable {
    case file(any MediaFile)
    /// A text of a few kilobytes.
    case text(ByteBuffer)
    /// It is to be had there, for some minutes.
    case elsewhere(String)
}

/// A stored file, open for reading until the last copy is let go.
public protocol MediaFile: Sendable {
    var size: Int64 { get }
    /// Without quotes; another one for other bytes.
    var etag: String { get }
    var modified: Date { get }
    var contentType: String { get }
    var filename: String? { get }
    /// Whether the right to read it, with which it was opened, still holds, as far as that is known without asking anybody.
    var right: ReadingRight { get }

    /// Whether it does, once that was asked.
    func mayStillBeRead() async -> Bool

    /// Whether `range` can be sent without waiting for a disk, as far as is known. Does not wait itself.
    func isCached(_ range: Range<Int64>) -> Bool

    /// Waits for the disk, elsewhere than on the event loop. However that went, what cannot be read shows when it is sent.
    func cache(_ range: Range<Int64>) async

    /// Lends the descriptor; every write of it must be over when `body` returns.
    func withHandle(_ body: @Sendable (NIOFileHandle) async throws -> Void) async throws
}

/// What is known of a right to read.
public enum ReadingRight: Sendable, Hashable {
    case holds, ended
    /// Something changed, and somebody must be asked what it means.
    case unsure
}
