import Foundation
import Testing

@testable import ObjectStorage

@Suite("What writers gather")
struct WriteBatchesTests {
    @Test func `one writer gathers a MiB, many share what there is, and each has its least`() {
        let batches = WriteBatches()
        batches.join()
        #expect(batches.size == 1 << 20)
        for _ in 1..<20 { batches.join() }
        #expect(batches.size == WriteBatches.budget / 20)
        for _ in 20..<1_000 { batches.join() }
        #expect(batches.size == 256 << 10)
        for _ in 1..<1_000 { batches.leave() }
        #expect(batches.size == 1 << 20)
    }

    @Test func `a writer has its share for as long as it lives`() async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "batches-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        let upload = try await store.begin(try #require(ObjectKey("film")))
        var writers: [FileObjectWriter] = []
        for _ in 0..<24 { writers.append(try await store.writer(to: upload, at: 0)) }
        #expect(store.batches.size == WriteBatches.budget / 24)
        writers.removeAll()
        #expect(store.batches.size == 1 << 20)
    }
}
