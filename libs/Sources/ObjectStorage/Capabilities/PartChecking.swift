import Crypto
import NIOCore

/// Parts can be held against a digest of the whole before anybody relies on the object they are.
public protocol PartChecking: PartUploading {
    /// As `complete(_:of:)`, for bytes that have the SHA-256 `digest`.
    ///
    /// Fails: as that; `wrongDigest`, and then there is no object, or one that was not there to be read before it was complete,
    /// as on S3: `reopen` takes it away again.
    func complete(_ upload: ObjectUpload, of parts: [ObjectPart], digest: [UInt8]) async throws -> ObjectInfo

    /// Makes parts again of what was completed, of `sizes` from number 1 on, and takes the object away; nothing where the
    /// upload still stands. Their etags may be other ones then.
    ///
    /// `noting` is told the upload that it is from then on, before anything is given up: who keeps that, and asks again after a
    /// crash, loses no byte. One caller at a time: the caller sees to it. Fails: `uploadNotFound` without upload and object.
    func reopen(
        _ upload: ObjectUpload, sizes: [Int64], noting: @Sendable (ObjectUpload) async throws -> Void
    ) async throws -> ObjectUpload
}

extension ObjectReading {
    /// Of all bytes of exactly this object, which are read for it. Fails: as `read`.
    public func digest(of info: ObjectInfo) async throws -> [UInt8] {
        var hash = SHA256()
        if info.size > 0 {
            for try await piece in try await read(info.key, range: 0..<info.size, ifMatch: info.etag) {
                piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            }
        }
        return Array(hash.finalize())
    }
}
