import Foundation

/// Objects are joined by copies inside the kernel, on a pool thread, as an upload's parts are.
extension FileObjectStore: ObjectJoining {
    public func complete(_ upload: ObjectUpload, joining sources: [ObjectInfo]) async throws -> ObjectInfo {
        try await onPool(pool) {
            do {
                let file = try open(upload, O_WRONLY)
                // What a try before has brought, and how far, nobody knows.
                try file.truncate(to: 0)
                var end: Int64 = 0
                for source in sources {
                    try file.append(try open(source), source.size, at: end)
                    end += source.size
                }
                return try publish(upload, file)
            } catch ObjectStoreError.uploadNotFound {
                return try published(upload, size: sources.reduce(0) { $0 + $1.size })
            }
        }
    }

    private func open(_ source: ObjectInfo) throws -> OpenFile {
        let file: OpenFile = try open(source.key)
        guard try ObjectInfo(source.key, file.status()).etag == source.etag else {
            throw ObjectStoreError.objectChanged(source.key)
        }
        return file
    }
}
