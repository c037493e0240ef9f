import Crypto
import Foundation
import ObjectStorage
import Testing
import VideoStorage
import VideoTestKit

@Suite("Media in an object store")
struct ObjectMediaStoreTests {
    typealias Contract = MediaStoreContract<ObjectMediaStore<FileObjectStore>>

    @Test("keeps the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "media-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let signer = URLSigner(base: "http://test/media", secret: SymmetricKey(size: .bits256))
        let store = try FileObjectStore(url: root.absoluteString, signer: signer)
        try await #require(Contract.checks.first { $0.name == name }).run(
            Contract(media: ObjectMediaStore(store: store)))
    }
}
