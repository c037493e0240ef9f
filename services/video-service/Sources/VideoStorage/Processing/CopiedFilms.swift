import DomainKit
import Foundation
import NIOCore
public import ObjectStorage
import StorageKit
public import VideoDomain

/// Films of a store that is somewhere else: each is copied to a place of its own for as long as it is lent.
public struct CopiedFilms<Store: ObjectReading, Places: Workplaces>: FilmSource {
    private let store: Store
    private let places: Places

    public init(store: Store, places: Places) {
        self.store = store
        self.places = places
    }

    /// Fails also: `video.storage-full`, when the place's disk is.
    public func withFilm<Value: Sendable>(
        _ key: MediaKey, _ body: @Sendable (FilmFile) async throws -> Value
    ) async throws -> Value {
        try await places.withWorkplace { place in
            let file = place.file("film")
            try await fromObjectStore { try await copy(try key.objectKey(), to: file) }
            return try await body(file)
        }
    }

    private func copy(_ key: ObjectKey, to file: FilmFile) async throws {
        let info = try await store.head(key)
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw ObjectStoreError.unavailable(reason: "\(file.path) cannot be written to")
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: file.path))
        defer { try? handle.close() }
        guard info.size > 0 else { return }
        var count: Int64 = 0
        for try await piece in try await store.read(key, range: 0..<info.size, ifMatch: info.etag) {
            count += Int64(piece.readableBytes)
            do {
                try handle.write(contentsOf: Data(piece.readableBytesView))
            } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
                throw ObjectStoreError.outOfSpace
            }
        }
        // Half of a film would be taken for a film that is cut, which is nobody's to try again.
        guard count == info.size else {
            throw ObjectStoreError.unavailable(reason: "\(count) of \(info.size) bytes of \(key) came")
        }
    }
}
