import Crypto
import Foundation
import NIOCore
import ObjectStorage
import ObjectStorageContracts
import PlatformTesting
import Testing

@Suite("The embedded object store")
struct FileObjectStoreTests {
    let root = FileManager.default.temporaryDirectory.appending(path: "object-store-\(UUID().uuidString)")

    typealias Objects = ObjectContract<FileObjectStore>
    typealias Tails = TailUploadingContract<FileObjectStore, FileObjectStore>
    typealias Parts = PartUploadingContract<FileObjectStore>
    typealias Signing = SigningContract<FileObjectStore>

    @Test("keeps the contract of whole objects", arguments: Objects.checks.map(\.name))
    func objects(_ name: String) async throws {
        try await withFileStore { store in
            try await #require(Objects.checks.first { $0.name == name }).run(Objects(store: store))
        }
    }

    @Test("keeps the contract of tails", arguments: Tails.checks.map(\.name))
    func tails(_ name: String) async throws {
        try await withFileStore { store in
            try await #require(Tails.checks.first { $0.name == name }).run(Tails(store: store, reads: store))
        }
    }

    @Test("keeps the contract of parts", arguments: Parts.checks.map(\.name))
    func parts(_ name: String) async throws {
        try await withFileStore(partLimits: TailedPartsTests.limits) { store in
            try await #require(Parts.checks.first { $0.name == name }).run(Parts(store: store))
        }
    }

    typealias Checking = PartCheckingContract<FileObjectStore>

    @Test("keeps the contract of parts that are held against a digest", arguments: Checking.checks.map(\.name))
    func checking(_ name: String) async throws {
        try await withFileStore(partLimits: TailedPartsTests.limits) { store in
            try await #require(Checking.checks.first { $0.name == name }).run(Checking(store: store))
        }
    }

    typealias Joins = JoiningContract<FileObjectStore, FileObjectStore>

    @Test("keeps the contract of objects that are joined", arguments: Joins.checks.map(\.name))
    func joins(_ name: String) async throws {
        try await withFileStore { store in
            try await #require(Joins.checks.first { $0.name == name }).run(Joins(store: store, objects: store))
        }
    }

    @Test("keeps the contract of signed URLs", arguments: Signing.checks.map(\.name))
    func signing(_ name: String) async throws {
        let signer = URLSigner(base: "http://test/media", secret: SymmetricKey(size: .bits256))
        let limits = PartLimits(smallest: 1, largest: 1 << 20, most: 100)
        try await withFileStore(signer: signer, partLimits: limits) { store in
            let contract = Signing(
                store: store, alterations: ["part=2", "size=4", "upload=\(UUID().uuidString)"],
                get: { try await served($0, by: store, signer) },
                put: { try await taken($0, $1, by: store, signer) })
            try await #require(Signing.checks.first { $0.name == name }).run(contract)
        }
    }

    @Test func `an upload of parts is put together without the process seeing a byte`() async throws {
        try await withFileStore { store in
            let (key, bytes) = (freshKey(), pattern(5 << 20))
            let upload = try await store.begin(key)
            let parts = [
                try await store.put(bytes, as: 1, of: upload), try await store.put(bytes, as: 2, of: upload),
                try await store.put([7], as: 10_000, of: upload),
            ]
            #expect(try await store.complete(upload, of: parts).size == Int64(2 * bytes.count + 1))
            #expect(try await store.bytes(key) == bytes + bytes + [7])
        }
    }

    @Test func `a second process on the same directory goes on with an upload of the first`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let key = try #require(ObjectKey("videos/one"))
        let upload = try await FileObjectStore(url: root.absoluteString).begin(key)
        let second = try FileObjectStore(url: root.absoluteString)
        let writer = try await second.writer(to: upload, at: 0)
        try await writer.write(ByteBuffer(string: "hello"))
        _ = try await writer.flush()
        #expect(try await second.complete(upload, size: 5).size == 5)
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "uploads").path)
        #expect(names.isEmpty)
        #expect(try Data(contentsOf: root.appending(path: "objects/videos/one")) == Data("hello".utf8))
    }

    @Test func `a file opened for sending stays readable when its object is deleted`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        let key = freshKey()
        _ = try await store.put(ByteBuffer(bytes: [1, 2, 3]), as: key)
        let file = try await store.open(key)
        try await store.remove(key)
        #expect(file.info.size == 3)
        let bytes = try await file.withHandle { handle in
            var bytes = [UInt8](repeating: 0, count: 3)
            let count = try handle.withUnsafeFileDescriptor { pread($0, &bytes, 3, 0) }
            return bytes.prefix(count)
        }
        #expect(bytes == [1, 2, 3])
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.open(key) }
    }

    @Test func `bytes stay taken when whoever writes them is cancelled`() async throws {
        try await withFileStore { store in
            let (key, bytes) = (freshKey(), pattern(700_000))
            let upload = try await store.begin(key)
            let writer = try await store.writer(to: upload, at: 0)
            let writing = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                for await piece in Pieces(bytes) { try? await writer.write(piece) }
            }
            await writing.value
            #expect(try await writer.flush() == 700_000)
            _ = try await store.complete(upload, size: 700_000)
            #expect(try await store.bytes(key) == bytes)
        }
    }

    @Test(arguments: 1...8)
    func `every byte is in its place, however writes, flushes and writers are cut`(seed: UInt64) async throws {
        try await withFileStore { store in
            var generator = SplitMix64(seed: seed)
            let (key, bytes) = (freshKey(), pattern(3_000_000))
            let upload = try await store.begin(key)
            var end = 0
            while end < bytes.count {
                let writer = try await store.writer(to: upload, at: Int64(end))
                for _ in 0..<Int.random(in: 1...6, using: &generator) {
                    let sizes = [1, 4_095, 4_096, 4_097, 300_000, 524_288, 700_001]
                    let next = min(bytes.count, end + sizes.randomElement(using: &generator)!)
                    try await writer.write(ByteBuffer(bytes: bytes[end..<next]))
                    if Bool.random(using: &generator) { #expect(try await writer.flush() == Int64(next)) }
                    end = next
                }
                #expect(try await writer.flush() == Int64(end))
                #expect(try await store.stored(upload) == Int64(end))
            }
            _ = try await store.complete(upload, size: Int64(bytes.count))
            #expect(try await store.bytes(key) == bytes)
        }
    }

    @Test func `of a part whose sender is cancelled nothing stays`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        let upload = try await store.begin(freshKey())
        let before = try files()
        let putting = Task {
            let bytes = AsyncStream<ByteBuffer> {
                withUnsafeCurrentTask { $0?.cancel() }
                return nil
            }
            _ = try await store.put(bytes, size: 10, as: 1, of: upload)
        }
        await #expect(throws: (any Error).self) { try await putting.value }
        #expect(try files() == before)
    }

    private func files() throws -> Set<String> {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        return Set(paths.filter { !root.appending(path: $0, directoryHint: .checkFileSystem).hasDirectoryPath })
    }

    @Test func `the store says whether its disk answers, and leaves nothing behind`() async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        try await store.probe()
        try await store.probe()
        #expect(try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "uploads").path).isEmpty)
        try FileManager.default.removeItem(at: root)
        await #expect(throws: ObjectStoreError.self) { try await store.probe() }
        try Data("a file where the directory was".utf8).write(to: root)
        await #expect(throws: ObjectStoreError.self) { try await store.probe() }
    }

    @Test("a time before 1970, or beyond what fits, is a time", arguments: [-1, -62_135_596_800, 253_402_300_799])
    func oddTimes(_ seconds: Int) async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        let key = freshKey()
        _ = try await store.put(ByteBuffer(bytes: [1, 2, 3]), as: key)
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, root.appending(path: "objects/\(key)").path, &times, 0) == 0)
        #expect(try await store.head(key).size == 3)
        #expect(try await store.open(key).info.size == 3)
    }

    @Test(
        "anything but an absolute file URL is refused",
        arguments: [
            "", "media", "/srv/media", "file://host/srv", "file:///", "s3://bucket?region=x", "http://127.0.0.1/",
        ])
    func address(_ url: String) {
        #expect(throws: ObjectStoreError.self) { try FileObjectStore(url: url) }
    }
}

/// What a server of signed URLs does; nil where it would refuse.
private func served(_ url: String, by store: FileObjectStore, _ signer: URLSigner) async throws -> [UInt8]? {
    let (path, query) = try parts(url)
    guard let grant = try? signer.verify(path: path, query: query, now: Date()) else { return nil }
    return try await store.bytes(grant.key)
}

private func taken(
    _ signed: SignedPut, _ bytes: [UInt8], by store: FileObjectStore, _ signer: URLSigner
) async throws -> String? {
    let (path, query) = try parts(signed.url)
    guard let part = try? signer.verifyPart(path: path, query: query, now: Date()) else { return nil }
    do {
        return try await store.put(Pieces(bytes), size: part.size, as: part.number, of: part.upload).etag
    } catch ObjectStoreError.badPart {
        return nil
    }
}

@Suite("Object keys")
struct ObjectKeyTests {
    @Test(
        "what could leave the store's directory is no key",
        arguments: [
            "", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a/..", "../a", ".hidden", "a/.b", "a b", "a+b", "a%2fb",
            "a\\b", "ビデオ", "a\0b", String(repeating: "a", count: 201),
        ])
    func refused(_ text: String) {
        #expect(ObjectKey(text) == nil)
    }

    @Test(
        "plain segments are a key",
        arguments: ["a", "videos/0b9c", "A-Z/a_z/0.9", "a..b", String(repeating: "a", count: 200)])
    func accepted(_ text: String) {
        #expect(ObjectKey(text)?.description == text)
    }
}
