import Foundation
import NIOCore
package import ObjectStorage
import Testing

/// What stores promise whose uploads grow at their tail: `TailUploading`.
package struct TailUploadingContract<Store: TailUploading, Reads: ObjectReading>: Sendable {
    let store: Store
    /// Of the same objects.
    let reads: Reads

    package init(store: Store, reads: Reads) {
        (self.store, self.reads) = (store, reads)
    }

    package static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("bytes appended in several requests are the object", { try await $0.appendsAndCompletes() }),
            ("an object is invisible until it is complete", { try await $0.invisibleUntilComplete() }),
            ("an upload goes on where the stored bytes end", { try await $0.continuesAtStoredEnd() }),
            ("an upload goes on at the end of either of the last two flushes", { try await $0.goesBackOneFlush() }),
            ("bytes that no flush covered are given up", { try await $0.givesUpUnflushed() }),
            ("bytes cannot leave a hole", { try await $0.refusesHole() }),
            ("bytes written again from an earlier offset replace the later ones", { try await $0.rewrites() }),
            ("completing with too few bytes is refused and loses nothing", { try await $0.refusesIncomplete() }),
            ("completing again gives the same object", { try await $0.completesTwice() }),
            ("an aborted upload is gone, and aborting again succeeds", { try await $0.aborts() }),
            ("an unknown upload is not found", { try await $0.unknownUpload() }),
            ("an empty object is an object", { try await $0.emptyObject() }),
            ("uploads under way are listed, finished ones are not", { try await $0.listsUploads() }),
        ]
    }

    func appendsAndCompletes() async throws {
        let (key, bytes) = (freshKey(), pattern(700_000))
        let upload = try await store.begin(key)
        #expect(try await store.append(bytes[0..<300_000], to: upload, at: 0) == 300_000)
        #expect(try await store.append(bytes[300_000..<300_001], to: upload, at: 300_000) == 300_001)
        #expect(try await store.append(bytes[300_001...], to: upload, at: 300_001) == 700_000)
        let info = try await store.complete(upload, size: 700_000)
        #expect(info.size == 700_000 && info.key == key)
        #expect(try await reads.head(key) == info)
        #expect(try await reads.bytes(key) == bytes)
    }

    func invisibleUntilComplete() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        try await store.append(pattern(300_000), to: upload, at: 0)
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await reads.head(key) }
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await reads.bytes(key, 0..<1) }
    }

    func continuesAtStoredEnd() async throws {
        let upload = try await store.begin(freshKey())
        #expect(try await store.stored(upload) == 0)
        let writer = try await store.writer(to: upload, at: 0)
        try await writer.write(ByteBuffer(bytes: pattern(1_000)))
        #expect(try await writer.flush() == 1_000)
        try await writer.write(ByteBuffer(bytes: pattern(24)))
        #expect(try await writer.flush() == 1_024)
        #expect(try await writer.flush() == 1_024)
        #expect(try await store.stored(upload) == 1_024)
    }

    func goesBackOneFlush() async throws {
        for (first, second) in [(10, 20), (200_000, 10), (10, 400_000), (131_072, 131_072), (65_536, 300_000)] {
            let (key, bytes) = (freshKey(), pattern(first + second + 100_000))
            let upload = try await store.begin(key)
            let writer = try await store.writer(to: upload, at: 0)
            try await writer.write(ByteBuffer(bytes: bytes[..<first]))
            let end = try await writer.flush()
            try await writer.write(ByteBuffer(bytes: [UInt8](repeating: 0, count: second)))
            #expect(try await writer.flush() == Int64(first + second))
            #expect(try await store.append(bytes[first...], to: upload, at: end) == Int64(bytes.count))
            #expect(try await store.stored(upload) == Int64(bytes.count))
            _ = try await store.complete(upload, size: Int64(bytes.count))
            #expect(try await reads.bytes(key) == bytes, "\(first) and \(second)")
        }
    }

    func givesUpUnflushed() async throws {
        let (key, bytes) = (freshKey(), pattern(500_000))
        let upload = try await store.begin(key)
        try await store.append(bytes[..<100_000], to: upload, at: 0)
        let dead = try await store.writer(to: upload, at: 100_000)
        for await piece in Pieces([UInt8](repeating: 0, count: 300_000)) { try await dead.write(piece) }
        try await store.append(bytes[100_000...], to: upload, at: 100_000)
        _ = try await store.complete(upload, size: 500_000)
        #expect(try await reads.bytes(key) == bytes)
    }

    func refusesHole() async throws {
        let upload = try await store.begin(freshKey())
        try await store.append(pattern(10), to: upload, at: 0)
        for offset in [11, -1, .max, .min] as [Int64] {
            await #expect(throws: ObjectStoreError.wrongOffset(stored: 10)) {
                try await store.writer(to: upload, at: offset)
            }
        }
    }

    func rewrites() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        try await store.append([1, 2, 3], to: upload, at: 0)
        try await store.append([4, 5, 6], to: upload, at: 3)
        try await store.append([9, 9], to: upload, at: 3)
        #expect(try await store.stored(upload) == 5)
        _ = try await store.complete(upload, size: 5)
        #expect(try await reads.bytes(key) == [1, 2, 3, 9, 9])
    }

    func refusesIncomplete() async throws {
        let upload = try await store.begin(freshKey())
        try await store.append([1, 2, 3], to: upload, at: 0)
        await #expect(throws: ObjectStoreError.incomplete(stored: 3, size: 4)) {
            try await store.complete(upload, size: 4)
        }
        #expect(try await store.stored(upload) == 3)
    }

    func completesTwice() async throws {
        let upload = try await store.begin(freshKey())
        try await store.append([1, 2, 3], to: upload, at: 0)
        let first = try await store.complete(upload, size: 3)
        #expect(try await store.complete(upload, size: 3) == first)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.complete(upload, size: 4) }
    }

    func aborts() async throws {
        let upload = try await store.begin(freshKey())
        try await store.append(pattern(200_000), to: upload, at: 0)
        try await store.abort(upload)
        try await store.abort(upload)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.stored(upload) }
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
            try await store.complete(upload, size: 200_000)
        }
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
            try await store.abort(upload)
        }
    }

    func emptyObject() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        let info = try await store.complete(upload, size: 0)
        #expect(info.size == 0)
        #expect(try await reads.bytes(key, 0..<0) == [])
        #expect(try await store.complete(upload, size: 0) == info)
    }

    func listsUploads() async throws {
        let underWay = try await store.begin(freshKey())
        let (finished, aborted) = (try await store.begin(freshKey()), try await store.begin(freshKey()))
        _ = try await store.complete(finished, size: 0)
        try await store.abort(aborted)
        let later = try await store.allUploads(begunBefore: Date(timeIntervalSinceNow: 60))
        #expect(later.contains(underWay) && !later.contains(finished) && !later.contains(aborted))
        #expect(try await !store.allUploads(begunBefore: Date(timeIntervalSinceNow: -60)).contains(underWay))
    }
}
