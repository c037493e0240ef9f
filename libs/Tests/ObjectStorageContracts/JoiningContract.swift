import Foundation
import NIOCore
package import ObjectStorage
import Testing

/// What stores promise that make an object of others: `ObjectJoining`.
package struct JoiningContract<Store: ObjectJoining, Objects: ObjectPutting & ObjectReading & ObjectRemoving>: Sendable
{
    let store: Store
    /// Of the same objects.
    let objects: Objects

    package init(store: Store, objects: Objects) {
        (self.store, self.objects) = (store, objects)
    }

    package static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("objects of any sizes are joined in their order, and stay", { try await $0.joins() }),
            ("joining again gives the same object, also when the others are gone", { try await $0.joinsTwice() }),
            ("an object that is gone or another one by now is not joined", { try await $0.refusesChanged() }),
            ("what was given up is not joined", { try await $0.refusesAborted() }),
        ]
    }

    private func sources(_ sizes: [Int], _ bytes: [UInt8]) async throws -> [ObjectInfo] {
        var (sources, start): ([ObjectInfo], Int) = ([], 0)
        for size in sizes {
            let key = freshKey()
            try await objects.put(ByteBuffer(bytes: bytes[start..<start + size]), as: key)
            sources.append(try await objects.head(key))
            start += size
        }
        return sources
    }

    func joins() async throws {
        for sizes in [
            [], [0], [0, 0], [1], [1, 2, 3], [65_536], [65_535, 65_536, 1], [200_000, 300_000],
            [1, 200_000, 1, 1, 70_000],
            [1_200_000, 5], [1_048_576 + 1, 1_048_577], [0, 400_000, 0, 3, 0],
        ] {
            let bytes = pattern(sizes.reduce(0, +))
            let sources = try await sources(sizes, bytes)
            let upload = try await store.begin(freshKey())
            let info = try await store.complete(upload, joining: sources)
            #expect(info.key == upload.key && info.size == Int64(bytes.count), "\(sizes)")
            #expect(try await objects.head(upload.key) == info)
            if !bytes.isEmpty { #expect(try await objects.bytes(upload.key) == bytes, "\(sizes)") }
            for source in sources { #expect(try await objects.head(source.key) == source) }
        }
    }

    func joinsTwice() async throws {
        let sources = try await sources([70_000, 70_000], pattern(140_000))
        let upload = try await store.begin(freshKey())
        let first = try await store.complete(upload, joining: sources)
        #expect(try await store.complete(upload, joining: sources) == first)
        _ = try await objects.remove(sources.map(\.key))
        #expect(try await store.complete(upload, joining: sources) == first)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
            try await store.complete(upload, joining: [sources[0]])
        }
    }

    func refusesChanged() async throws {
        let sources = try await sources([70_000, 3], pattern(70_003))
        let upload = try await store.begin(freshKey())
        for source in sources {
            _ = try await objects.put(ByteBuffer(bytes: pattern(Int(source.size)).reversed()), as: source.key)
            await #expect(throws: ObjectStoreError.objectChanged(source.key)) {
                try await store.complete(upload, joining: [source])
            }
            _ = try await objects.remove([source.key])
            await #expect(throws: ObjectStoreError.objectNotFound(source.key)) {
                try await store.complete(upload, joining: [source])
            }
            await #expect(throws: ObjectStoreError.objectNotFound(upload.key)) { try await objects.head(upload.key) }
        }
    }

    func refusesAborted() async throws {
        let sources = try await sources([70_000], pattern(70_000))
        let upload = try await store.begin(freshKey())
        try await store.abort(upload)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
            try await store.complete(upload, joining: sources)
        }
    }
}
