import DomainKit
import Foundation
import NIOCore
public import ObjectStorage
import StorageKit
public import VideoDomain

/// What was made of films, in an object store: each file an object of its own, there as a whole or not at all.
public struct KeptMedia<Store: TailUploading>: MadeMedia {
    private let store: Store
    private let step = 1 << 20

    public init(store: Store) {
        self.store = store
    }

    public func put(
        _ file: FilmFile, as key: MediaKey, once confirmed: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await fromObjectStore {
            let handle = try FileHandle(forReadingFrom: URL(filePath: file.path))
            defer { try? handle.close() }
            let upload = try await store.begin(try key.objectKey())
            do {
                let writer = try await store.writer(to: upload, at: 0)
                while let piece = try handle.read(upToCount: step), !piece.isEmpty {
                    try await writer.write(ByteBuffer(bytes: piece))
                }
                let size = try await writer.flush()
                try await confirmed()
                _ = try await store.complete(upload, size: size)
            } catch {
                // What a dead worker leaves of it, the housekeeping gives up: no upload knows it.
                try? await store.abort(upload)
                throw error
            }
        }
    }
}
