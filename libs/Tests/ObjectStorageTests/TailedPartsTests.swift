import Foundation
import NIOCore
import ObjectStorage
import ObjectStorageContracts
import Testing

/// A store as narrow as S3 has every promise that a file keeps by itself.
@Suite("A tail on immutable parts")
struct TailedPartsTests {
    static let limits = PartLimits(smallest: 65_536, largest: 1 << 20, most: 100)

    typealias Parts = PartUploadingContract<MemoryPartStore>
    typealias Objects = ObjectContract<MemoryPartStore>
    typealias Tails = TailUploadingContract<TailedParts<MemoryPartStore>, MemoryPartStore>
    typealias FileTails = TailUploadingContract<TailedParts<FileObjectStore>, FileObjectStore>

    typealias Joins = JoiningContract<TailedParts<MemoryPartStore>, MemoryPartStore>

    let store = MemoryPartStore(partLimits: limits)
    var tailed: TailedParts<MemoryPartStore> { TailedParts(store: store, partSize: 65_536) }

    @Test("the store of parts keeps the contract of parts", arguments: Parts.checks.map(\.name))
    func parts(_ name: String) async throws {
        try await #require(Parts.checks.first { $0.name == name }).run(Parts(store: store))
    }

    @Test("and that of whole objects", arguments: Objects.checks.map(\.name))
    func objects(_ name: String) async throws {
        try await #require(Objects.checks.first { $0.name == name }).run(Objects(store: store))
    }

    @Test("and that of tails", arguments: Tails.checks.map(\.name))
    func tails(_ name: String) async throws {
        try await #require(Tails.checks.first { $0.name == name }).run(Tails(store: tailed, reads: store))
    }

    @Test("the parts of the embedded store carry a tail too", arguments: FileTails.checks.map(\.name))
    func fileTails(_ name: String) async throws {
        try await withFileStore(partLimits: Self.limits) { store in
            let tailed = TailedParts(store: store, partSize: 65_536)
            try await #require(FileTails.checks.first { $0.name == name }).run(FileTails(store: tailed, reads: store))
        }
    }

    @Test("and that of objects that are joined", arguments: Joins.checks.map(\.name))
    func joins(_ name: String) async throws {
        try await #require(Joins.checks.first { $0.name == name }).run(Joins(store: tailed, objects: store))
    }

    @Test func `a part that a writer puts who should have ended makes completing fail`() async throws {
        let upload = try await tailed.begin(freshKey())
        let dead = try await tailed.writer(to: upload, at: 0)
        try await tailed.append(pattern(100_000), to: upload, at: 0)
        try await dead.write(ByteBuffer(bytes: [UInt8](repeating: 0, count: 65_536)))
        await #expect(throws: ObjectStoreError.self) { try await tailed.complete(upload, size: 100_000) }
        await #expect(throws: ObjectStoreError.objectNotFound(upload.key)) { try await store.head(upload.key) }
    }

    @Test func `an upload goes on with the part size it began with`() async throws {
        let bytes = pattern(400_000)
        let upload = try await tailed.begin(freshKey())
        try await tailed.append(bytes[..<200_000], to: upload, at: 0)
        let other = TailedParts(store: store, partSize: 100_000)
        try await other.append(bytes[200_000...], to: upload, at: 200_000)
        _ = try await other.complete(upload, size: 400_000)
        #expect(try await store.bytes(upload.key) == bytes)
    }

    @Test func `neither what is finished nor what is given up leaves a tail`() async throws {
        for size in [0, 3, 100_000] {
            let (finished, aborted) = (try await tailed.begin(freshKey()), try await tailed.begin(freshKey()))
            for upload in [finished, aborted] { try await tailed.append(pattern(size), to: upload, at: 0) }
            _ = try await tailed.complete(finished, size: Int64(size))
            try await tailed.abort(aborted)
            let tails = await store.objects(under: "tails/", after: nil, limit: 9)
            #expect(tails.items.isEmpty)
        }
    }

    @Test func `what is no tail is none`() async throws {
        let upload = try await tailed.begin(freshKey())
        let tails = await store.objects(under: "tails/", after: nil, limit: 1)
        let tail = try #require(tails.items.first?.key)
        for bytes in [[], [1], [UInt8](repeating: 0xFF, count: 56), [UInt8](repeating: 0, count: 56)] {
            _ = await store.put(ByteBuffer(bytes: bytes), as: tail)
            await #expect(throws: ObjectStoreError.uploadNotFound(upload)) { try await tailed.stored(upload) }
        }
    }
}

/// On a directory of its own that goes afterwards.
func withFileStore(
    signer: URLSigner? = nil, partLimits: PartLimits = .s3, _ body: (FileObjectStore) async throws -> Void
) async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "object-store-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    try await body(try FileObjectStore(url: root.absoluteString, signer: signer, partLimits: partLimits))
}
