import Crypto
import Foundation
import NIOCore

/// The parts are read before they are joined, and are the same ones then, or none are.
extension FileObjectStore: PartChecking {
    public func complete(
        _ upload: ObjectUpload, of parts: [ObjectPart], digest: [UInt8]
    ) async throws -> ObjectInfo {
        try partLimits.check(parts)
        do {
            try await onPool(pool) { _ = try open(upload, O_RDONLY) }
            var hash = SHA256()
            for part in parts where part.size > 0 {
                let source = try await onPool(pool) { try open(part, of: upload) }
                for try await piece in FileBytes(file: source, range: 0..<part.size, pool: pool) {
                    piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
                }
            }
            guard Array(hash.finalize()) == digest else { throw ObjectStoreError.wrongDigest }
            return try await onPool(pool) {
                let info = try join(parts, of: upload)
                try removeParts(of: upload)
                return info
            }
        } catch ObjectStoreError.uploadNotFound {
            let size = parts.reduce(0) { $0 + $1.size }
            let info = try await onPool(pool) { try published(upload, size: size) }
            guard try await self.digest(of: info) == digest else { throw ObjectStoreError.wrongDigest }
            return info
        }
    }

    /// Nothing was given up that was refused.
    public func reopen(
        _ upload: ObjectUpload, sizes: [Int64], noting: @Sendable (ObjectUpload) async throws -> Void
    ) async throws -> ObjectUpload {
        try await onPool(pool) { _ = try open(upload, O_RDONLY) }
        return upload
    }
}
