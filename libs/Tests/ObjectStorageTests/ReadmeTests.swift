import Crypto
import Foundation
import NIOCore
import ObjectStorage
import ObjectStorageContracts
import PlatformTesting
import Testing

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "ObjectStorage"))
    }

    @Test func `the example does what it says`() async throws {
        let signer = URLSigner(base: "http://test/media", secret: SymmetricKey(size: .bits256))
        try await withFileStore(signer: signer) { store in
            let shelf = ClipShelf(store: store)
            #expect(try await shelf.begin("../up") == nil)
            let (abandoned, upload) = (try await shelf.begin("never"), try #require(try await shelf.begin("a.ogg")))
            var noted: Int64 = 0
            try await shelf.append(Pieces(pattern(2_000)), to: upload, at: 0) { noted = $0 }
            try await shelf.append(Pieces([7]), to: upload, at: noted) { noted = $0 }
            let clip = try await shelf.finish(upload, size: noted)
            #expect(clip.size == 2_001)
            #expect(Array(try await shelf.beginning(of: clip).readableBytesView) == Array(pattern(2_000)[..<1_024]))
            #expect(try await shelf.link(clip.key).url.hasPrefix("http://test/media/clips/a.ogg?expires="))
            try await shelf.clear(olderThan: Date(timeIntervalSinceNow: 60))
            await #expect(throws: ObjectStoreError.objectNotFound(clip.key)) { try await store.head(clip.key) }
            await #expect(throws: ObjectStoreError.self) { try await store.stored(try #require(abandoned)) }
        }
    }
}
