import AWSSigning
import Foundation
import Logging
import NIOCore
import ObjectStorage
import S3ObjectStorage

// The page in Sources/S3ObjectStorage/README.md, from the next line to the end.
/// Recordings in a bucket: the address says where, the credentials who we are (in a service `try AWSIdentity()`).
struct Recordings: Sendable {
    let bucket: S3ObjectStore

    init(address: String, credentials: any AWSCredentialsProvider, logger: Logger) throws {
        bucket = S3ObjectStore(try S3Address(address), credentials: credentials, logger: logger)
    }

    /// Bytes as they come, to be gone on with by any process that knows the upload: a tail of any size is kept.
    func take<Body: AsyncSequence>(_ body: Body, as key: ObjectKey) async throws -> ObjectInfo
    where Body.Element == ByteBuffer {
        let store = TailedParts(store: bucket)
        let upload = try await store.begin(key)
        let writer = try await store.writer(to: upload, at: 0)
        for try await bytes in body { try await writer.write(bytes) }
        return try await store.complete(upload, size: try await writer.flush())
    }

    /// What a browser is sent to; it ends with the credentials that sign it, if they end earlier.
    func link(to key: ObjectKey) async throws -> SignedURL {
        let presentation = Presentation(contentType: "audio/ogg", filename: "recording.ogg")
        return try await bucket.signedURL(for: key, as: presentation, until: Date(timeIntervalSinceNow: 300))
    }

    /// Out of memory's way in both directions, and on the same object to its end, whatever breaks.
    func bytes(of recording: ObjectInfo) async throws -> S3Bytes {
        try await bucket.read(recording.key, range: 0..<recording.size, ifMatch: recording.etag)
    }
}
