public import Foundation

/// A part of an upload, as the media store tells of it.
public struct MediaPart: Sendable, Hashable {
    /// From 1 on.
    public var number: Int
    /// Another one whenever it was put with other bytes; without quotes.
    public var etag: String
    /// Bytes.
    public var size: Int64

    public init(number: Int, etag: String, size: Int64) {
        self.number = number
        self.etag = etag
        self.size = size
    }
}

/// What lets its holder put one part of an upload, past us, as often as they like; the last one counts.
public struct PartLink: Sendable, Hashable {
    public var number: Int
    public var url: String
    /// Fields that must be sent as they are.
    public var headers: [String: String]
    public var expiresAt: Date

    public init(number: Int, url: String, headers: [String: String], expiresAt: Date) {
        self.number = number
        self.url = url
        self.headers = headers
        self.expiresAt = expiresAt
    }
}

/// The port to uploads whose bytes go to the store in numbered parts. Fails: as `MediaStore`.
public protocol MediaParts: Sendable {
    /// For exactly `size` bytes, until `expiry` or until the store's own credentials end.
    func link(toPart number: Int, of upload: MediaUpload, size: Int64, until expiry: Date) async throws -> PartLink

    /// All parts that are stored, by number. Fails: `video.upload-not-found`.
    func parts(of upload: MediaUpload) async throws -> [MediaPart]

    /// Makes `parts` readable under the upload's key, at once and for good; may be repeated.
    ///
    /// Fails: `video.part-changed` when one is no longer as it is told: then all stays as it is. `video.checksum-mismatch` for
    /// bytes that do not have the `sha256` that is given: then `reopen` makes them parts again. `video.upload-not-found`.
    func complete(_ upload: MediaUpload, of parts: [MediaPart], sha256: String?) async throws

    /// Whether `size` bytes are readable under the upload's key, and what SHA-256 they have, which costs reading them all:
    /// empty unless that is asked for. Nil when they are not there.
    func completed(_ upload: MediaUpload, size: Int64, hashing: Bool) async throws -> String?

    /// After a refusal: parts of these sizes again, and nothing readable. `noting` is told the upload they are of before
    /// anything is given up; again is success. Fails: `video.upload-not-found`.
    func reopen(
        _ upload: MediaUpload, sizes: [Int64], noting: @Sendable (MediaUpload) async throws -> Void
    ) async throws
}
