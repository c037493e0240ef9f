import DomainKit
import Foundation
import NIOCore
import ObjectStorage
import Testing
import VideoDomain

@testable import VideoStorage

@Suite("Films and renditions in an object store")
struct FilmsOfStoreTests {
    let root = URL(filePath: "/var/tmp/films-of-store-\(UUID().uuidString)")
    let key = MediaKey("poster.jpg", madeOf: VideoID(UUID()), under: 1)

    private func store() throws -> FileObjectStore { try FileObjectStore(url: "file://\(root.path)/store") }

    private func file(_ bytes: String) throws -> FilmFile {
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        let file = root.appending(path: UUID().uuidString)
        try Data(bytes.utf8).write(to: file)
        return FilmFile(path: file.path(percentEncoded: false))
    }

    @Test func `what was made is there once that was confirmed, whole`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let (store, key) = (try store(), try key.objectKey())
        try await KeptMedia(store: store).put(try file("picture"), as: self.key) {
            await #expect(throws: ObjectStoreError.self) { try await store.head(key) }
        }
        #expect(try await store.head(key).size == 7)
    }

    @Test func `and not at all when it is not, with nothing left of it`() async throws {
        struct Lost: Error {}
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try store()
        await #expect(throws: Lost.self) {
            try await KeptMedia(store: store).put(try file("picture"), as: key) { throw Lost() }
        }
        #expect(try await store.objects(under: "renditions/", after: nil, limit: 10).items == [])
        #expect(try await store.uploads(begunBefore: .distantFuture, after: nil).items == [])
    }

    @Test func `a film of which half came is no film, and one whose store fails is neither`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        for pieces in [["film"], ["film", "fil"], []] {
            let films = CopiedFilms(store: FakeStore(size: 8, pieces: pieces), places: Places(root: root))
            let failure = await #expect(throws: Failure.self) {
                try await films.withFilm(MediaKey(of: VideoID(UUID()))) { _ in }
            }
            #expect(failure?.kind == .unavailable, "\(pieces)")
        }
        let whole = CopiedFilms(store: FakeStore(size: 8, pieces: ["film", "film"]), places: Places(root: root))
        let read = try await whole.withFilm(MediaKey(of: VideoID(UUID()))) {
            try String(contentsOfFile: $0.path, encoding: .utf8)
        }
        #expect(read == "filmfilm")
        let left = try FileManager.default.contentsOfDirectory(atPath: root.path)
        #expect(left == [])
    }
}

/// Says that an object has so many bytes, and hands out these.
private struct FakeStore: ObjectReading {
    let size: Int64
    let pieces: [String]

    func head(_ key: ObjectKey) -> ObjectInfo { ObjectInfo(key: key, size: size, etag: "1", modified: Date()) }

    func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) -> AsyncStream<ByteBuffer> {
        AsyncStream { stream in
            for piece in pieces { stream.yield(ByteBuffer(string: piece)) }
            stream.finish()
        }
    }
}

private struct Places: Workplaces {
    let root: URL

    func withWorkplace<Value: Sendable>(_ body: @Sendable (Workplace) async throws -> Value) async throws -> Value {
        let place = root.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        return try await body(Workplace(path: place.path(percentEncoded: false)))
    }
}
