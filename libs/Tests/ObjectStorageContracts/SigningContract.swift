import Foundation
import NIOCore
package import ObjectStorage
import Testing

/// What stores promise whose objects and parts pass by signed URL: `ReadSigning`, `PartSigning`.
package struct SigningContract<Store: ReadSigning & PartSigning & PartUploading & ObjectPutting & ObjectReading>:
    Sendable
{
    let store: Store
    /// What whoever has the URL reads by it; nil when it is refused.
    let get: @Sendable (String) async throws -> [UInt8]?
    /// The etag of the part that whoever has it puts by it; nil when it is refused.
    let put: @Sendable (SignedPut, [UInt8]) async throws -> String?
    /// What may be written over in the URL of part 1, to no avail.
    let alterations: [String]

    package init(
        store: Store, alterations: [String], get: @escaping @Sendable (String) async throws -> [UInt8]?,
        put: @escaping @Sendable (SignedPut, [UInt8]) async throws -> String?
    ) {
        (self.store, self.alterations, self.get, self.put) = (store, alterations, get, put)
    }

    package static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("an object is read by its URL until that expires", { try await $0.reads() }),
            ("a part is put by its URL, of that size, until that expires", { try await $0.puts() }),
        ]
    }

    func reads() async throws {
        let key = freshKey()
        _ = try await store.put(ByteBuffer(bytes: [1, 2, 3]), as: key)
        let presentation = Presentation(contentType: "video/mp4", filename: "夏 & more.mp4")
        let end = Date(timeIntervalSince1970: Date(timeIntervalSinceNow: 60).timeIntervalSince1970.rounded(.down))
        let url = try await store.signedURL(for: key, as: presentation, until: end)
        #expect(url.expiry == end)
        #expect(try await get(url.url) == [1, 2, 3])
        let other = freshKey()
        _ = try await store.put(ByteBuffer(bytes: [4, 5, 6]), as: other)
        #expect(try await get(url.url.replacing(key.description, with: other.description)) == nil)
        let named = try await store.signedURL(
            for: key, as: presentation, to: "somebody", until: Date(timeIntervalSinceNow: 60))
        #expect(try await get(named.url) == [1, 2, 3])
        let old = try await store.signedURL(for: key, as: presentation, until: Date(timeIntervalSinceNow: -60))
        #expect(try await get(old.url) == nil)
    }

    func puts() async throws {
        let key = freshKey()
        let upload = try await store.begin(key)
        let soon = Date(timeIntervalSinceNow: 60)
        let signed = try await store.signedPut(part: 1, of: upload, size: 3, until: soon)
        #expect(try await put(signed, [1, 2]) == nil)
        #expect(try await put(signed, [1, 2, 3]) != nil)
        let second = try await put(signed, [4, 5, 6])
        let etag = try #require(second)
        for altered in alterations {
            let name = altered.prefix { $0 != "=" }
            var other = signed
            other.url = try other.url.replacing(Regex("\\b\(name)=[^&]*"), with: altered)
            try #require(other != signed, "\(altered)")
            #expect(try await put(other, [1, 2, 3]) == nil, "\(altered)")
        }
        let old = try await store.signedPut(part: 1, of: upload, size: 3, until: Date(timeIntervalSinceNow: -60))
        #expect(try await put(old, [1, 2, 3]) == nil)
        await #expect(throws: ObjectStoreError.self) {
            try await store.signedPut(part: 0, of: upload, size: 3, until: soon)
        }
        _ = try await store.complete(upload, of: [ObjectPart(number: 1, etag: etag, size: 3)])
        #expect(try await store.bytes(key) == [4, 5, 6])
    }
}
