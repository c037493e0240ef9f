import Foundation
import NIOCore
import ObjectStorage
import Testing

/// What stores promise whose objects and parts pass by signed URL: `ReadSigning`, `PartSigning`.
struct SigningContract<Store: ReadSigning & PartSigning & PartUploading & ObjectPutting & ObjectReading>: Sendable {
    let store: Store
    /// What whoever has the URL reads by it; nil when it is refused.
    let get: @Sendable (String) async throws -> [UInt8]?
    /// The etag of the part that whoever has it puts by it; nil when it is refused.
    let put: @Sendable (SignedPut, [UInt8]) async throws -> String?

    static var checks: [(name: String, run: @Sendable (Self) async throws -> Void)] {
        [
            ("an object is read by its URL until that expires", { try await $0.reads() }),
            ("a part is put by its URL, of that size, until that expires", { try await $0.puts() }),
        ]
    }

    func reads() async throws {
        let key = freshKey()
        _ = try await store.put(ByteBuffer(bytes: [1, 2, 3]), as: key)
        let presentation = Presentation(contentType: "video/mp4", filename: "夏 & more.mp4")
        let url = try await store.signedURL(for: key, as: presentation, until: Date(timeIntervalSinceNow: 60))
        #expect(try await get(url) == [1, 2, 3])
        #expect(try await get(url.replacing(key.description, with: freshKey().description)) == nil)
        let named = try await store.signedURL(
            for: key, as: presentation, to: "somebody", until: Date(timeIntervalSinceNow: 60))
        #expect(try await get(named) == [1, 2, 3])
        let old = try await store.signedURL(for: key, as: presentation, until: Date(timeIntervalSinceNow: -60))
        #expect(try await get(old) == nil)
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
        for altered in ["part=2", "size=4", "upload=\(UUID().uuidString)"] {
            let name = altered.prefix { $0 != "=" }
            var other = signed
            other.url = try other.url.replacing(Regex("\(name)=[^&]*"), with: altered)
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
