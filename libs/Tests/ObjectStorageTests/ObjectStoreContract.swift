import Foundation
import NIOCore
import ObjectStorage
import Testing

/// What every `ObjectStore` promises; each store's suite runs all of it against itself.
struct ObjectStoreContract<Store: ObjectStore> {
    let store: Store

    static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("bytes appended in several requests are the object", { try await $0.appendsAndCompletes() }),
            ("an object is invisible until it is complete", { try await $0.invisibleUntilComplete() }),
            ("an upload goes on where the stored bytes end", { try await $0.continuesAtStoredEnd() }),
            ("bytes cannot leave a hole", { try await $0.refusesHole() }),
            ("bytes written again from an earlier offset replace the later ones", { try await $0.rewrites() }),
            ("completing with too few bytes is refused and loses nothing", { try await $0.refusesIncomplete() }),
            ("completing again gives the same object", { try await $0.completesTwice() }),
            ("an aborted upload is gone, and aborting again succeeds", { try await $0.aborts() }),
            ("an unknown upload is not found", { try await $0.unknownUpload() }),
            ("a deleted object is gone, and deleting again succeeds", { try await $0.deletes() }),
            ("ranges are cut at the end of the object", { try await $0.readsRanges() }),
            ("a range behind the end is not satisfiable", { try await $0.refusesRangeBehindEnd() }),
            ("an empty object is an object", { try await $0.emptyObject() }),
            ("idle uploads are listed, finished ones are not", { try await $0.listsIdleUploads() }),
            ("a new object of the same key replaces the old one and has another etag", { try await $0.replaces() }),
        ]
    }

    func appendsAndCompletes() async throws {
        let (key, bytes) = (freshKey(), pattern(700_000))
        let upload = try await store.begin(key)
        try await append(bytes[0..<300_000], to: upload, at: 0)
        try await append(bytes[300_000...], to: upload, at: 300_000)
        let info = try await store.complete(upload, size: 700_000)
        #expect(info.size == 700_000)
        #expect(info.key == key)
        #expect(try await store.head(key) == info)
        #expect(try await read(key, 0..<700_000) == bytes)
    }

    func invisibleUntilComplete() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        try await append(pattern(10)[...], to: upload, at: 0)
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.head(key) }
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.read(key, range: 0..<1) }
    }

    func continuesAtStoredEnd() async throws {
        let upload = try await store.begin(freshKey())
        #expect(try await store.stored(upload) == 0)
        let writer = try await store.writer(to: upload, at: 0)
        try await writer.write(ByteBuffer(bytes: pattern(1_000)))
        #expect(try await writer.flush() == 1_000)
        try await writer.write(ByteBuffer(bytes: pattern(24)))
        #expect(try await writer.flush() == 1_024)
        #expect(try await store.stored(upload) == 1_024)
    }

    func refusesHole() async throws {
        let upload = try await store.begin(freshKey())
        try await append(pattern(10)[...], to: upload, at: 0)
        await #expect(throws: ObjectStoreError.wrongOffset(stored: 10)) { try await store.writer(to: upload, at: 11) }
        await #expect(throws: ObjectStoreError.wrongOffset(stored: 10)) { try await store.writer(to: upload, at: -1) }
    }

    func rewrites() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        try await append([1, 2, 3, 4, 5, 6], to: upload, at: 0)
        try await append([9, 9], to: upload, at: 2)
        #expect(try await store.stored(upload) == 4)
        _ = try await store.complete(upload, size: 4)
        #expect(try await read(key, 0..<4) == [1, 2, 9, 9])
    }

    func refusesIncomplete() async throws {
        let upload = try await store.begin(freshKey())
        try await append([1, 2, 3], to: upload, at: 0)
        await #expect(throws: ObjectStoreError.incomplete(stored: 3, size: 4)) {
            try await store.complete(upload, size: 4)
        }
        #expect(try await store.stored(upload) == 3)
    }

    func completesTwice() async throws {
        let upload = try await store.begin(freshKey())
        try await append([1, 2, 3], to: upload, at: 0)
        let first = try await store.complete(upload, size: 3)
        #expect(try await store.complete(upload, size: 3) == first)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.complete(upload, size: 4) }
    }

    func aborts() async throws {
        let upload = try await store.begin(freshKey())
        try await append([1, 2, 3], to: upload, at: 0)
        try await store.abort(upload)
        try await store.abort(upload)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.stored(upload) }
    }

    func unknownUpload() async throws {
        for id in ["", "../../etc/passwd", UUID().uuidString, UUID().uuidString.lowercased()] {
            let upload = ObjectUpload(key: freshKey(), id: id)
            await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.stored(upload) }
            await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
                try await store.writer(to: upload, at: 0)
            }
            await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
                try await store.complete(upload, size: 0)
            }
        }
    }

    func deletes() async throws {
        let key = freshKey()
        try await put([1, 2, 3], key)
        try await store.delete(key)
        try await store.delete(key)
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.head(key) }
    }

    func readsRanges() async throws {
        let (key, bytes) = (freshKey(), pattern(600_000))
        try await put(bytes, key)
        #expect(try await read(key, 0..<1) == [bytes[0]])
        #expect(try await read(key, 262_143..<262_145) == Array(bytes[262_143..<262_145]))
        #expect(try await read(key, 599_990..<1_000_000) == Array(bytes[599_990...]))
        #expect(try await read(key, 5..<5) == [])
    }

    func refusesRangeBehindEnd() async throws {
        let key = freshKey()
        try await put([1, 2, 3], key)
        await #expect(throws: ObjectStoreError.rangeNotSatisfiable(size: 3)) {
            try await store.read(key, range: 3..<4)
        }
    }

    func emptyObject() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        #expect(try await store.complete(upload, size: 0).size == 0)
        #expect(try await read(key, 0..<0) == [])
    }

    func listsIdleUploads() async throws {
        let idle = try await store.begin(freshKey())
        let finished = try await store.begin(freshKey())
        _ = try await store.complete(finished, size: 0)
        let later = try await store.uploads(idleSince: Date(timeIntervalSinceNow: 60))
        #expect(later.contains(idle))
        #expect(!later.contains(finished))
        #expect(try await !store.uploads(idleSince: Date(timeIntervalSinceNow: -60)).contains(idle))
    }

    func replaces() async throws {
        let key = freshKey()
        try await put([1, 2, 3], key)
        let first = try await store.head(key)
        try await put([4, 5], key)
        #expect(try await read(key, 0..<2) == [4, 5])
        #expect(try await store.head(key).etag != first.etag)
    }
}

extension ObjectStoreContract {
    func freshKey() -> ObjectKey {
        ObjectKey("contract/\(UUID().uuidString.lowercased())")!
    }

    func put(_ bytes: [UInt8], _ key: ObjectKey) async throws {
        let upload = try await store.begin(key)
        try await append(bytes[...], to: upload, at: 0)
        _ = try await store.complete(upload, size: Int64(bytes.count))
    }

    /// In pieces of odd sizes, as a socket gives them.
    func append(_ bytes: ArraySlice<UInt8>, to upload: ObjectUpload, at offset: Int64) async throws {
        let writer = try await store.writer(to: upload, at: offset)
        var (rest, size) = (bytes, 1)
        while !rest.isEmpty {
            try await writer.write(ByteBuffer(bytes: rest.prefix(size)))
            rest = rest.dropFirst(size)
            size = size * 3 % 70_001
        }
        #expect(try await writer.flush() == offset + Int64(bytes.count))
    }

    func read(_ key: ObjectKey, _ range: Range<Int64>) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in try await store.read(key, range: range) { bytes += piece.readableBytesView }
        return bytes
    }

    func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }
}
