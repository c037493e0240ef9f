import Foundation
import NIOCore
package import ObjectStorage
import Testing

/// What stores promise of whole objects: `ObjectPutting`, `ObjectReading`, `ObjectRemoving`, `ObjectListing`,
/// `ObjectCopying`.
package struct ObjectContract<Store: ObjectPutting & ObjectReading & ObjectRemoving & ObjectListing & ObjectCopying>:
    Sendable
{
    let store: Store

    package init(store: Store) {
        self.store = store
    }

    package static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("what was put is read", { try await $0.puts() }),
            ("a new object of the same key replaces the old one and has another etag", { try await $0.replaces() }),
            ("bytes of an object that is another one by now are refused", { try await $0.matches() }),
            ("ranges are cut at the end of the object", { try await $0.readsRanges() }),
            ("a range behind the end is not satisfiable", { try await $0.refusesRangeBehindEnd() }),
            ("an object that is not there is not found", { try await $0.misses() }),
            ("removed objects are gone, and removing again succeeds", { try await $0.removes() }),
            ("a copy is an object of its own", { try await $0.copies() }),
            ("objects are listed by prefix, in order, page after page", { try await $0.lists() }),
        ]
    }

    func put(_ bytes: [UInt8], _ key: ObjectKey) async throws -> String {
        try await store.put(ByteBuffer(bytes: bytes), as: key)
    }

    func puts() async throws {
        for count in [0, 1, 300_000] {
            let (key, bytes) = (freshKey(), pattern(count))
            let etag = try await put(bytes, key)
            let info = try await store.head(key)
            #expect(info.size == Int64(count) && info.key == key && info.modified.timeIntervalSinceNow > -60)
            #expect(info.etag == etag)
            #expect(try await store.bytes(key, 0..<Int64(count)) == bytes)
        }
    }

    func replaces() async throws {
        let key = freshKey()
        let first = try await put([1, 2, 3], key)
        let second = try await put([4, 5, 6], key)
        #expect(try await store.bytes(key) == [4, 5, 6])
        #expect(second != first && !second.contains("\""))
    }

    func matches() async throws {
        let key = freshKey()
        let first = try await put([1, 2, 3], key)
        #expect(try await store.bytes(key, 1..<2, ifMatch: first) == [2])
        _ = try await put([4, 5, 6], key)
        await #expect(throws: ObjectStoreError.objectChanged(key)) {
            try await store.bytes(key, 1..<2, ifMatch: first)
        }
    }

    func readsRanges() async throws {
        let (key, bytes) = (freshKey(), pattern(600_000))
        _ = try await put(bytes, key)
        #expect(try await store.bytes(key, 0..<1) == [bytes[0]])
        #expect(try await store.bytes(key, 262_143..<262_145) == Array(bytes[262_143..<262_145]))
        #expect(try await store.bytes(key, 599_990..<1_000_000) == Array(bytes[599_990...]))
        #expect(try await store.bytes(key, 5..<5) == [])
    }

    func refusesRangeBehindEnd() async throws {
        let key = freshKey()
        _ = try await put([1, 2, 3], key)
        await #expect(throws: ObjectStoreError.rangeNotSatisfiable(size: 3)) { try await store.bytes(key, 3..<4) }
    }

    func misses() async throws {
        let key = freshKey()
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.head(key) }
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.bytes(key, 0..<1) }
    }

    func removes() async throws {
        let keys = [freshKey(), freshKey(), freshKey()]
        for key in keys.dropLast() { _ = try await put([1, 2, 3], key) }
        #expect(try await store.remove(keys) == [:])
        try await store.remove(keys[0])
        for key in keys {
            await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.head(key) }
        }
        #expect(try await store.remove([]) == [:])
    }

    func copies() async throws {
        for count in [0, 300_000] {
            let (source, target, bytes) = (freshKey(), freshKey(), pattern(count))
            _ = try await put(bytes, source)
            _ = try await put([1], target)
            let info = try await store.copy(source, to: target)
            #expect(info.key == target && info.size == Int64(count))
            #expect(try await store.head(target) == info)
            try await store.remove(source)
            #expect(try await store.bytes(target, 0..<Int64(count)) == bytes)
            await #expect(throws: ObjectStoreError.objectNotFound(source)) {
                try await store.copy(source, to: freshKey())
            }
        }
    }

    /// Names around the slash in the order of bytes: `-` and `.` come before it, digits and letters behind.
    func lists() async throws {
        let place = "contract/\(UUID().uuidString.lowercased())"
        let names = ["a-b", "a.b", "a/x", "a/y/1", "a/y/2", "a0", "b", "b_/1"]
        for name in names.shuffled() { _ = try await put([1], ObjectKey("\(place)/\(name)")!) }
        _ = try await put([1], ObjectKey("\(place)0/z")!)
        for (prefix, expected) in [
            ("/", names), ("/a", Array(names[..<6])), ("/a/", Array(names[2..<5])), ("/a/y/2", [names[4]]), ("/c", []),
        ] {
            for limit in [1, 2, 3, 1_000] {
                var (seen, mark): ([ObjectInfo], String?) = ([], nil)
                repeat {
                    let page = try await store.objects(under: place + prefix, after: mark, limit: limit)
                    #expect(page.items.count <= limit)
                    seen += page.items
                    mark = page.next
                } while mark != nil
                #expect(seen.map(\.key.description) == expected.map { "\(place)/\($0)" }, "\(prefix) by \(limit)")
                #expect(seen.allSatisfy { $0.size == 1 })
            }
        }
    }
}
