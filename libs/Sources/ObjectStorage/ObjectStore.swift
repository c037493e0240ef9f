public import struct Foundation.Date
public import NIOCore

/// A place for large immutable objects, written in several requests and read by ranges.
///
/// The shape is the one S3 has: an object comes into being by a multipart upload (begin, append, complete or abort) and is
/// invisible until `complete` made it whole at once; clients read it through signed URLs. Every method throws
/// `ObjectStoreError`. Methods that remove or complete may be repeated after a crash: doing it again succeeds.
public protocol ObjectStore: Sendable {
    associatedtype Writer: ObjectWriter
    associatedtype Bytes: AsyncSequence & Sendable where Bytes.Element == ByteBuffer

    /// Begins an upload. Nothing can be read under `key` until it is completed.
    func begin(_ key: ObjectKey) async throws -> ObjectUpload

    /// The bytes of an upload that the store holds, counted from its start without a hole.
    func stored(_ upload: ObjectUpload) async throws -> Int64

    /// Continues an upload at `offset`; bytes held from there on are given up.
    ///
    /// One writer at a time: the caller sees to it. Fails: `uploadNotFound`, `wrongOffset` beyond the bytes held.
    func writer(to upload: ObjectUpload, at offset: Int64) async throws -> Writer

    /// Makes the first `size` bytes the object, durable before this returns and visible all at once.
    ///
    /// Fails: `incomplete`, `uploadNotFound` unless the object is there with that size, as after a lost reply.
    func complete(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo

    /// Gives the bytes of an upload up. An unknown upload is success.
    func abort(_ upload: ObjectUpload) async throws

    /// Uploads under way without a write since `date`.
    func uploads(idleSince date: Date) async throws -> [ObjectUpload]

    func head(_ key: ObjectKey) async throws -> ObjectInfo

    /// The object's bytes in `range`, cut at its end, in pieces of bounded size.
    func read(_ key: ObjectKey, range: Range<Int64>) async throws -> Bytes

    /// An unknown key is success.
    func delete(_ key: ObjectKey) async throws

    /// A URL that lets whoever has it read the object until `expiry`, shown as `presentation` says.
    func signedURL(for key: ObjectKey, as presentation: Presentation, until expiry: Date) async throws -> String
}

/// Writes one upload from one offset on. For one task at a time.
public protocol ObjectWriter: Sendable {
    /// Takes `bytes`; waits while more is under way than memory should hold. They are safe only after `flush`.
    func write(_ bytes: ByteBuffer) async throws

    /// Makes everything taken so far durable; returns where the durable bytes end.
    func flush() async throws -> Int64
}

/// How a reader of a signed URL is told to show the object.
public struct Presentation: Sendable, Hashable {
    public var contentType: String
    public var filename: String?

    public init(contentType: String, filename: String? = nil) {
        self.contentType = contentType
        self.filename = filename
    }
}
