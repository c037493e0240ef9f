import Foundation
import NIOCore
package import ObjectStorage
import Testing

/// What stores promise whose uploads are of parts: `PartUploading`.
package struct PartUploadingContract<Store: PartUploading & ObjectReading>: Sendable {
    let store: Store

    package init(store: Store) {
        self.store = store
    }

    package static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("parts in any order are the object", { try await $0.putsAndCompletes() }),
            ("a part put again replaces the former, which no longer counts", { try await $0.replaces() }),
            ("parts that are left out are given up", { try await $0.leavesOut() }),
            ("parts are listed by number, page after page", { try await $0.lists() }),
            ("a small part can only be the last", { try await $0.refusesSmall() }),
            ("what is no list of this upload's parts is refused and loses nothing", { try await $0.refusesLists() }),
            ("a part beyond the limits or of another size is refused", { try await $0.refusesParts() }),
            ("completing again gives the same object", { try await $0.completesTwice() }),
            ("an aborted upload is gone with its parts", { try await $0.aborts() }),
            ("an unknown upload is not found", { try await $0.unknownUpload() }),
        ]
    }

    var smallest: Int { Int(store.partLimits.smallest) }

    func putsAndCompletes() async throws {
        let (key, bytes) = (freshKey(), pattern(2 * smallest + 7))
        let upload = try await store.begin(key)
        let last = try await store.put(Array(bytes[(2 * smallest)...]), as: 9, of: upload)
        let second = try await store.put(Array(bytes[smallest..<(2 * smallest)]), as: 3, of: upload)
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.head(key) }
        let first = try await store.put(Array(bytes[..<smallest]), as: 1, of: upload)
        let info = try await store.complete(upload, of: [first, second, last])
        #expect(info.size == Int64(bytes.count) && info.key == key)
        #expect(try await store.head(key) == info)
        #expect(try await store.bytes(key) == bytes)
    }

    func replaces() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        let former = try await store.put([1, 2, 3], as: 1, of: upload)
        let part = try await store.put([4, 5, 6], as: 1, of: upload)
        #expect(part.etag != former.etag)
        await #expect(throws: ObjectStoreError.self) { try await store.complete(upload, of: [former]) }
        _ = try await store.complete(upload, of: [part])
        #expect(try await store.bytes(key) == [4, 5, 6])
    }

    func leavesOut() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        let part = try await store.put([1], as: 1, of: upload)
        _ = try await store.put([2], as: 2, of: upload)
        _ = try await store.complete(upload, of: [part])
        #expect(try await store.bytes(key) == [1])
    }

    func lists() async throws {
        let upload = try await store.begin(freshKey())
        #expect(try await store.parts(of: upload, after: 0) == [])
        var put: [ObjectPart] = []
        for number in [2, 10, 1, 7] { put.append(try await store.put(pattern(number), as: number, of: upload)) }
        let sorted = put.sorted { $0.number < $1.number }
        #expect(try await store.allParts(of: upload, after: 0) == sorted)
        #expect(try await store.allParts(of: upload, after: 2) == Array(sorted[2...]))
        #expect(try await store.parts(of: upload, after: 10) == [])
    }

    func refusesSmall() async throws {
        let upload = try await store.begin(freshKey())
        let small = try await store.put(pattern(smallest - 1), as: 1, of: upload)
        let last = try await store.put([1], as: 2, of: upload)
        await #expect(throws: ObjectStoreError.self) { try await store.complete(upload, of: [small, last]) }
        let whole = try await store.put(pattern(smallest), as: 1, of: upload)
        #expect(try await store.complete(upload, of: [whole, last]).size == Int64(smallest + 1))
    }

    func refusesLists() async throws {
        let (upload, other) = (try await store.begin(freshKey()), try await store.begin(freshKey()))
        let bytes = pattern(smallest)
        let first = try await store.put(bytes, as: 1, of: upload)
        let second = try await store.put(bytes, as: 2, of: upload)
        let foreign = try await store.put(pattern(smallest + 1), as: 2, of: other)
        let third = ObjectPart(number: 3, etag: first.etag, size: first.size)
        for bad in [[], [second, first], [first, first], [first, foreign], [first, second, third]] {
            let error = await #expect(throws: ObjectStoreError.self) { try await store.complete(upload, of: bad) }
            if case .badPart = error { continue }
            Issue.record("\(bad): \(error.map { "\($0)" } ?? "completed")")
        }
        #expect(try await store.parts(of: upload, after: 0) == [first, second])
        #expect(try await store.complete(upload, of: [first, second]).size == Int64(2 * smallest))
    }

    func refusesParts() async throws {
        let upload = try await store.begin(freshKey())
        for number in [0, -1, store.partLimits.most + 1, .max, .min] {
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put([1], as: number, of: upload)
            }
            if case .badPart(number, _) = error { continue }
            Issue.record("\(number): \(error.map { "\($0)" } ?? "put")")
        }
        for size in [2, 4, 0, -1, .max] as [Int64] {
            let error = await #expect(throws: ObjectStoreError.self) {
                try await store.put(Pieces([1, 2, 3]), size: size, as: 1, of: upload)
            }
            if case .badPart(1, _) = error { continue }
            Issue.record("\(size): \(error.map { "\($0)" } ?? "put")")
        }
        #expect(try await store.parts(of: upload, after: 0) == [])
    }

    func completesTwice() async throws {
        let upload = try await store.begin(freshKey())
        let part = try await store.put([1, 2, 3], as: 1, of: upload)
        let info = try await store.complete(upload, of: [part])
        #expect(try await store.complete(upload, of: [part]) == info)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
            try await store.complete(upload, of: [ObjectPart(number: 1, etag: part.etag, size: 4)])
        }
    }

    func aborts() async throws {
        let upload = try await store.begin(freshKey())
        let part = try await store.put([1, 2, 3], as: 1, of: upload)
        try await store.abort(upload)
        try await store.abort(upload)
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.parts(of: upload, after: 0) }
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await store.put([1], as: 1, of: upload) }
        await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
            try await store.complete(upload, of: [part])
        }
        #expect(try await !store.allUploads(begunBefore: Date(timeIntervalSinceNow: 60)).contains(upload))
    }

    func unknownUpload() async throws {
        for id in ["", "../../etc/passwd", UUID().uuidString, UUID().uuidString.lowercased()] {
            let upload = ObjectUpload(key: freshKey(), id: id)
            await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
                try await store.put([1], as: 1, of: upload)
            }
            await #expect(throws: ObjectStoreError.uploadNotFound(upload)) {
                try await store.parts(of: upload, after: 0)
            }
        }
    }
}
