public import NIOCore
internal import Spans
internal import Tracing

public import struct Foundation.Date

/// A store whose calls are spans where somebody listens when it is made; with the capabilities of the one it is made of.
///
/// A span tells the operation and the first segment of the key, which says what kind of object it is, and nothing that
/// says which. What is written between two flushes belongs to the flush; signing asks nobody and has no span.
public struct TracedObjectStore<Store: Sendable>: Sendable {
    private let store: Store
    private let spans = ObjectSpans()

    public init(_ store: Store) {
        self.store = store
    }
}

extension TracedObjectStore: ObjectReading where Store: ObjectReading {
    public func head(_ key: ObjectKey) async throws -> ObjectInfo {
        try await spans.over("head", key) { try await store.head(key) }
    }

    /// The span is over when the first bytes can come.
    public func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) async throws -> Store.Bytes {
        try await spans.over("read", key) { try await store.read(key, range: range, ifMatch: etag) }
    }
}

extension TracedObjectStore: ObjectPutting where Store: ObjectPutting {
    @discardableResult
    public func put(_ bytes: ByteBuffer, as key: ObjectKey) async throws -> String {
        try await spans.over("put", key) { try await store.put(bytes, as: key) }
    }
}

extension TracedObjectStore: ObjectCopying where Store: ObjectCopying {
    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws -> ObjectInfo {
        try await spans.over("copy", target) { try await store.copy(source, to: target) }
    }
}

extension TracedObjectStore: ObjectRemoving where Store: ObjectRemoving {
    public func remove(_ keys: [ObjectKey]) async throws -> [ObjectKey: ObjectStoreError] {
        try await spans.over("remove", keys.first) { try await store.remove(keys) }
    }
}

extension TracedObjectStore: ObjectListing where Store: ObjectListing {
    public func objects(
        under prefix: String, after mark: String?, limit: Int
    ) async throws -> ObjectPage<ObjectInfo> {
        try await spans.over("list", nil) { try await store.objects(under: prefix, after: mark, limit: limit) }
    }
}

extension TracedObjectStore: ReadSigning where Store: ReadSigning {
    public func signedURL(
        for key: ObjectKey, as presentation: Presentation, to holder: String?, until expiry: Date
    ) async throws -> SignedURL {
        try await store.signedURL(for: key, as: presentation, to: holder, until: expiry)
    }
}

extension TracedObjectStore: PartSigning where Store: PartSigning {
    public func signedPut(
        part number: Int, of upload: ObjectUpload, size: Int64, until expiry: Date
    ) async throws -> SignedPut {
        try await store.signedPut(part: number, of: upload, size: size, until: expiry)
    }
}

extension TracedObjectStore: ObjectUploading where Store: ObjectUploading {
    public func begin(_ key: ObjectKey) async throws -> ObjectUpload {
        try await spans.over("begin", key) { try await store.begin(key) }
    }

    public func abort(_ upload: ObjectUpload) async throws {
        try await spans.over("abort", upload.key) { try await store.abort(upload) }
    }

    public func uploads(begunBefore date: Date, after mark: String?) async throws -> ObjectPage<ObjectUpload> {
        try await spans.over("list-uploads", nil) { try await store.uploads(begunBefore: date, after: mark) }
    }
}

extension TracedObjectStore: PartUploading where Store: PartUploading {
    public var partLimits: PartLimits { store.partLimits }

    public func put<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, size: Int64, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart where Bytes.Element == ByteBuffer {
        try await spans.over("put-part", upload.key) {
            try await store.put(bytes, size: size, as: number, of: upload)
        }
    }

    public func parts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart] {
        try await spans.over("list-parts", upload.key) { try await store.parts(of: upload, after: number) }
    }

    public func complete(_ upload: ObjectUpload, of parts: [ObjectPart]) async throws -> ObjectInfo {
        try await spans.over("complete", upload.key) { try await store.complete(upload, of: parts) }
    }
}

extension TracedObjectStore: PartChecking where Store: PartChecking {
    public func complete(
        _ upload: ObjectUpload, of parts: [ObjectPart], digest: [UInt8]
    ) async throws -> ObjectInfo {
        try await spans.over("complete", upload.key) {
            try await store.complete(upload, of: parts, digest: digest)
        }
    }

    public func reopen(
        _ upload: ObjectUpload, sizes: [Int64], noting: @Sendable (ObjectUpload) async throws -> Void
    ) async throws -> ObjectUpload {
        try await spans.over("reopen", upload.key) {
            try await store.reopen(upload, sizes: sizes, noting: noting)
        }
    }
}

extension TracedObjectStore: ObjectJoining where Store: ObjectJoining {
    public func complete(_ upload: ObjectUpload, joining sources: [ObjectInfo]) async throws -> ObjectInfo {
        try await spans.over("join", upload.key) { try await store.complete(upload, joining: sources) }
    }
}

extension TracedObjectStore: PartCopying where Store: PartCopying {
    public func copy(
        _ range: Range<Int64>, of source: ObjectInfo, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart {
        try await spans.over("copy-part", upload.key) {
            try await store.copy(range, of: source, as: number, of: upload)
        }
    }
}

extension TracedObjectStore: TailUploading where Store: TailUploading {
    public func stored(_ upload: ObjectUpload) async throws -> Int64 {
        try await spans.over("stored", upload.key) { try await store.stored(upload) }
    }

    public func writer(
        to upload: ObjectUpload, at offset: Int64
    ) async throws -> TracedObjectWriter<Store.Writer> {
        let writer = try await spans.over("open", upload.key) { try await store.writer(to: upload, at: offset) }
        return TracedObjectWriter(writer: writer, key: upload.key, spans: spans)
    }

    public func complete(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo {
        try await spans.over("complete", upload.key) { try await store.complete(upload, size: size) }
    }
}

/// A writer whose flushes are spans.
public struct TracedObjectWriter<Writer: ObjectWriter>: ObjectWriter {
    let writer: Writer
    let key: ObjectKey
    let spans: ObjectSpans

    public func write(_ bytes: ByteBuffer) async throws {
        try await writer.write(bytes)
    }

    public func flush() async throws -> Int64 {
        try await spans.over("flush", key) { try await writer.flush() }
    }
}
