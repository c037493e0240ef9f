import Foundation
import NIOCore
import ObjectStorage
import Testing

@Suite("The embedded object store")
struct FileObjectStoreTests {
    let root = FileManager.default.temporaryDirectory.appending(path: "object-store-\(UUID().uuidString)")

    @Test("keeps the contract", arguments: ObjectStoreContract<FileObjectStore>.checks.map(\.name))
    func contract(_ name: String) async throws {
        defer { try? FileManager.default.removeItem(at: root) }
        let check = try #require(ObjectStoreContract<FileObjectStore>.checks.first { $0.name == name })
        try await check.run(ObjectStoreContract(store: FileObjectStore(url: root.absoluteString)))
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
        let contract = ObjectStoreContract(store: store)
        let key = contract.freshKey()
        try await contract.put([1, 2, 3], key)
        let file = try await store.open(key)
        try await store.delete(key)
        #expect(file.info.size == 3)
        let bytes = try await file.withHandle { handle in
            var bytes = [UInt8](repeating: 0, count: 3)
            let count = try handle.withUnsafeFileDescriptor { pread($0, &bytes, 3, 0) }
            return bytes.prefix(count)
        }
        #expect(bytes == [1, 2, 3])
        await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.open(key) }
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
        let contract = ObjectStoreContract(store: try FileObjectStore(url: root.absoluteString))
        let key = contract.freshKey()
        try await contract.put([1, 2, 3], key)
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, root.appending(path: "objects/\(key)").path, &times, 0) == 0)
        #expect(try await contract.store.head(key).size == 3)
        #expect(try await contract.store.open(key).info.size == 3)
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
