public import ObjectStorage

/// S3 keeps no digest of the whole that it was not given with the first part, and nobody can read a part before they are all put
/// together: so they are, and then read.
extension S3ObjectStore: PartChecking {
    public func complete(
        _ upload: ObjectUpload, of parts: [ObjectPart], digest: [UInt8]
    ) async throws -> ObjectInfo {
        let info = try await complete(upload, of: parts)
        guard try await self.digest(of: info) == digest else { throw ObjectStoreError.wrongDigest }
        return info
    }

    /// No byte passes here: the store copies each part out of the object. What a crash leaves of it is an upload that is listed,
    /// as any other that nobody knows.
    public func reopen(
        _ upload: ObjectUpload, sizes: [Int64], noting: @Sendable (ObjectUpload) async throws -> Void
    ) async throws -> ObjectUpload {
        let info: ObjectInfo
        do {
            info = try await head(upload.key)
        } catch ObjectStoreError.objectNotFound {
            _ = try await parts(of: upload, after: 0)
            return upload
        }
        guard sizes.reduce(0, +) == info.size else { throw ObjectStoreError.uploadNotFound(upload) }
        let reopened = try await begin(upload.key)
        try await noting(reopened)
        try await copy(info, to: reopened, sizes)
        try await remove(upload.key)
        return reopened
    }

    /// Some at a time.
    private func copy(_ info: ObjectInfo, to upload: ObjectUpload, _ sizes: [Int64]) async throws {
        var ranges: [Range<Int64>] = []
        for size in sizes {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + size)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, range) in ranges.enumerated() {
                if index >= 8 { try await group.next() }
                group.addTask { _ = try await copy(range, of: info, as: index + 1, of: upload) }
            }
            try await group.waitForAll()
        }
    }
}
