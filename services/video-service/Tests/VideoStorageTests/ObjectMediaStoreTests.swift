import AWSSigning
import Crypto
import DomainKit
import Foundation
import Logging
import ObjectStorage
import PlatformTesting
import S3ObjectStorage
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
        let secret = SymmetricKey(size: .bits256)
        let signer = URLSigner(base: "http://test/media", secret: secret)
        let store = try FileObjectStore(url: root.absoluteString, signer: signer)
        try await #require(Contract.checks.first { $0.name == name }).run(
            Contract(media: ObjectMediaStore(store: store, seal: LinkHolderSeal(secret: secret))))
    }
}

@Suite("Media in a bucket of S3")
struct S3MediaStoreTests {
    typealias Store = TailedParts<S3ObjectStore>
    typealias Contract = MediaStoreContract<ObjectMediaStore<Store>>

    @Test("keeps the contract", arguments: Contract.checks.map(\.name))
    func contract(_ name: String) async throws {
        let server = try await TestS3.shared()
        let address = try S3Address("s3://\(server.bucket())?region=us-east-1&endpoint=\(server.endpoint)")
        let credentials = StaticCredentials(
            AWSCredentials(accessKeyID: TestS3.accessKeyID, secretAccessKey: TestS3.secretAccessKey))
        let bucket = S3ObjectStore(address, credentials: credentials, logger: Logger(label: "test"))
        let seal = LinkHolderSeal(secret: SymmetricKey(size: .bits256))
        let media = ObjectMediaStore(store: TailedParts(store: bucket), seal: seal)
        try await #require(Contract.checks.first { $0.name == name }).run(Contract(media: media, answersHere: false))
    }
}

@Suite("Whom a link is for")
struct LinkHolderTests {
    let seal = LinkHolderSeal(secret: SymmetricKey(size: .bits256))

    @Test(arguments: [0, 1, -1, Int64.max, Int64.min])
    func `it is read back as it was, and from nothing else`(_ epoch: Int64) throws {
        for (session, isReview) in [(UUID(), false), (UUID(), true), (nil, false), (nil, true)] as [(UUID?, Bool)] {
            let holder = LinkHolder(
                userID: UserID(UUID()), sessionID: session, epoch: epoch, isReview: isReview)
            let text = try seal.text(of: holder)
            #expect(seal.holder(in: text) == holder)
            #expect(text.utf8.count <= 92)
            // Who sees two links does not see that they are one person's.
            #expect(try seal.text(of: holder) != text)
            #expect(LinkHolderSeal(secret: SymmetricKey(size: .bits256)).holder(in: text) == nil)
            for place in text.indices {
                var forged = text
                forged.replaceSubrange(place...place, with: text[place] == "A" ? "B" : "A")
                #expect(seal.holder(in: forged) == nil)
            }
            for cut in ["", "A", String(text.dropLast()), String(text.dropFirst(4)), text + "AAAA", text + "="] {
                #expect(seal.holder(in: cut) == nil)
            }
        }
    }
}
