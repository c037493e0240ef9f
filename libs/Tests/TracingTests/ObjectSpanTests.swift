import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import InMemoryTracing
import NIOCore
import ObjectStorage
import Testing
import Tracing

@Suite(.timeLimit(.minutes(1))) struct ObjectSpanTests {
    private let tracer = RecordingTracer()

    private func withStore(_ body: (TracedObjectStore<FileObjectStore>) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: root) }
        let store = try FileObjectStore(url: root.absoluteString)
        try await body(withTracer(tracer) { TracedObjectStore(store) })
    }

    @Test func `a call to the store is told by what it does and to what kind of object`() async throws {
        try await withStore { store in
            let key = try #require(ObjectKey("videos/secret"))
            let upload = try await store.begin(key)
            let writer = try await store.writer(to: upload, at: 0)
            try await writer.write(ByteBuffer(string: "bytes-secret"))
            _ = try await store.complete(upload, size: try await writer.flush())
            #expect(try await store.head(key).size == 12)
            try await store.remove(key)
        }
        let spans = tracer.finished
        let operations = ["begin", "open", "flush", "complete", "head", "remove"]
        #expect(spans.map(\.operationName) == operations.map { "object-store \($0)" })
        #expect(spans.map { $0.text("object_store.operation") } == operations)
        #expect(spans.allSatisfy { $0.text("object_store.kind") == "videos" && $0.kind == .client && !$0.isFailed })
        #expect(!tracer.exported.contains("secret"))
    }

    @Test func `what a store refuses is an error, without the key it was of`() async throws {
        try await withStore { store in
            let key = try #require(ObjectKey("secret"))
            await #expect(throws: ObjectStoreError.objectNotFound(key)) { try await store.head(key) }
        }
        #expect(tracer.finished.map(\.isFailed) == [true])
        #expect(tracer.finished.map { $0.text("error.type") } == ["object_not_found"])
        #expect(tracer.finished.map { $0.text("object_store.kind") } == [nil])
        #expect(!tracer.exported.contains("secret"))
    }

    @Test func `a call in a request is below the request`() async throws {
        try await withStore { [tracer] store in
            try await withEdge(tracer) { router in
                router.get("/") { _, _ in "\(try await store.objects(under: "", after: nil, limit: 1).items.count)" }
            } _: { client in
                try await client.execute(uri: "/", method: .get, headers: [.traceparent: traceparent]) { _ in }
            }
        }
        #expect(tracer.finished.map(\.operationName) == ["object-store list", "GET /"])
        #expect(tracer.finished.first?.parentSpanID == tracer.finished.last?.spanID)
        #expect(tracer.finished.allSatisfy { $0.traceID == callersTrace })
    }
}
