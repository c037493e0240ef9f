import NIOCore

/// The store copies the objects into the upload's parts; of those that are too small for a part the bytes come through memory,
/// less than two of the smallest parts at a time.
extension TailedParts: ObjectJoining where Store: PartCopying {
    public func complete(_ upload: ObjectUpload, joining sources: [ObjectInfo]) async throws -> ObjectInfo {
        let info: ObjectInfo
        do {
            var parts: [ObjectPart] = []
            for part in JoiningPlan(sources, limits: store.partLimits).parts {
                parts.append(try await put(part, as: parts.count + 1, of: upload))
            }
            info = parts.isEmpty ? try await completeEmpty(upload) : try await store.complete(upload, of: parts)
        } catch let error as ObjectStoreError where error.mayFollowCompletion {
            // Done before, it may have lost its sources since: then the object is there.
            do {
                info = try await store.head(upload.key)
            } catch ObjectStoreError.objectNotFound {
                throw error
            }
            let size = sources.reduce(0) { $0 + $1.size }
            guard info.size == size else { throw ObjectStoreError.uploadNotFound(upload) }
        }
        try await removeTails(of: upload)
        return info
    }

    private func put(
        _ part: JoiningPlan.Part, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart {
        switch part {
        case .copied(let piece):
            return try await store.copy(piece.range, of: piece.source, as: number, of: upload)
        case .gathered(let pieces):
            var buffers: [ByteBuffer] = []
            for piece in pieces {
                let bytes = try await store.read(piece.source.key, range: piece.range, ifMatch: piece.source.etag)
                for try await buffer in bytes { buffers.append(buffer) }
            }
            let size = pieces.reduce(0) { $0 + $1.size }
            return try await store.put(BufferSequence(buffers), size: size, as: number, of: upload)
        }
    }
}

extension ObjectStoreError {
    /// What a store says where the upload is over, or its sources are: which of the two first is its own affair.
    fileprivate var mayFollowCompletion: Bool {
        switch self {
        case .uploadNotFound, .objectNotFound, .objectChanged: true
        default: false
        }
    }
}
