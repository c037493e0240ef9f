import DomainKit
public import ObjectStorage
public import VideoDomain

/// Films of a store whose objects are files: they are lent as they lie there.
public struct StoredFilms<Store: ObjectFiles>: FilmSource {
    private let store: Store

    public init(store: Store) {
        self.store = store
    }

    public func withFilm<Value: Sendable>(
        _ key: MediaKey, _ body: @Sendable (FilmFile) async throws -> Value
    ) async throws -> Value {
        let path = try await fromObjectStore { try await store.path(of: try key.objectKey()) }
        return try await body(FilmFile(path: path))
    }
}
