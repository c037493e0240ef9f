import Crypto
public import struct Foundation.Date
import NIOCore

/// Uploads that grow at their tail, on a store that takes large immutable parts alone, as S3 does.
///
/// Bytes gather in memory to parts of `partSize`, which are put as they fill. A flush puts what is left over as a small
/// object beside, under `tails/`: so every flushed byte is durable, however few have come. Two such tails are kept, of the
/// last flush and of the one before, since nobody can take a part back in its middle.
///
/// A tail holds a digest of the etags of all parts before it. A part that a writer put who should have ended long ago makes
/// completing fail, and never an object of two writers' bytes.
public struct TailedParts<Store: PartUploading & ObjectPutting & ObjectReading & ObjectRemoving>: TailUploading {
    public let store: Store
    private let partSize: Int64

    /// `partSize` is what a writer holds in memory at most, and a ten-thousandth of the largest object. An upload goes on
    /// with the size it began with.
    public init(store: Store, partSize: Int64 = 8 << 20) {
        self.store = store
        self.partSize = max(partSize, store.partLimits.smallest)
    }

    public func begin(_ key: ObjectKey) async throws -> ObjectUpload {
        let upload = try await store.begin(key)
        try await store.put(Tail(partSize: partSize).encoded, as: Tail.key(of: upload, slot: 0))
        return upload
    }

    public func abort(_ upload: ObjectUpload) async throws {
        try await store.abort(upload)
        try await removeTails(of: upload)
    }

    public func uploads(begunBefore date: Date, after mark: String?) async throws -> ObjectPage<ObjectUpload> {
        try await store.uploads(begunBefore: date, after: mark)
    }

    public func stored(_ upload: ObjectUpload) async throws -> Int64 {
        try await newestTail(of: upload).end
    }

    public func writer(to upload: ObjectUpload, at offset: Int64) async throws -> TailedPartsWriter<Store> {
        let tails = try await tails(of: upload)
        guard let newest = tails.first else { throw ObjectStoreError.uploadNotFound(upload) }
        guard let tail = tails.first(where: { $0.tail.start <= offset && offset <= $0.tail.end }) else {
            throw ObjectStoreError.wrongOffset(stored: newest.tail.end)
        }
        return TailedPartsWriter(
            store: store, upload: upload, tail: tail.tail.cut(at: offset), turn: newest.tail.turn, slot: 1 - tail.slot)
    }

    public func complete(_ upload: ObjectUpload, size: Int64) async throws -> ObjectInfo {
        let info: ObjectInfo
        do {
            let tail = try await newestTail(of: upload)
            guard tail.end == size else { throw ObjectStoreError.incomplete(stored: tail.end, size: size) }
            info = try await complete(upload, tail)
        } catch ObjectStoreError.uploadNotFound {
            info = try await completed(upload, size)
        }
        try await removeTails(of: upload)
        return info
    }

    private func complete(_ upload: ObjectUpload, _ tail: Tail) async throws -> ObjectInfo {
        // There is no upload of no parts.
        if tail.end == 0 { return try await completeEmpty(upload) }
        var parts = try await wholeParts(of: upload, before: tail)
        if tail.end > tail.start {
            let bytes = BufferSequence([tail.bytes])
            parts.append(
                try await store.put(bytes, size: tail.end - tail.start, as: parts.count + 1, of: upload))
        }
        return try await store.complete(upload, of: parts)
    }

    func completeEmpty(_ upload: ObjectUpload) async throws -> ObjectInfo {
        try await store.put(ByteBuffer(), as: upload.key)
        try await store.abort(upload)
        return try await store.head(upload.key)
    }

    /// Those that were put before the tail, as its writer put them.
    private func wholeParts(of upload: ObjectUpload, before tail: Tail) async throws -> [ObjectPart] {
        let count = Int(tail.start / tail.partSize)
        var parts: [ObjectPart] = []
        while parts.count < count {
            let page = try await store.parts(of: upload, after: parts.count)
            if page.isEmpty { break }
            parts += page.prefix(count - parts.count)
        }
        guard parts.reduce(Tail.noParts, Tail.digest) == tail.digest else {
            throw ObjectStoreError.badPart(number: parts.count, reason: "is not the one that was put")
        }
        return parts
    }

    /// What completing again gives.
    func completed(_ upload: ObjectUpload, _ size: Int64) async throws -> ObjectInfo {
        do {
            let info = try await store.head(upload.key)
            if info.size == size { return info }
        } catch ObjectStoreError.objectNotFound {}
        throw ObjectStoreError.uploadNotFound(upload)
    }
}

extension TailedParts {
    private func newestTail(of upload: ObjectUpload) async throws -> Tail {
        guard let newest = try await tails(of: upload).first else { throw ObjectStoreError.uploadNotFound(upload) }
        return newest.tail
    }

    /// The newest first. An upload has one from its beginning to its end.
    private func tails(of upload: ObjectUpload) async throws -> [(tail: Tail, slot: Int)] {
        var found: [(tail: Tail, slot: Int)] = []
        for slot in 0...1 {
            if let tail = try await tail(Tail.key(of: upload, slot: slot)) { found.append((tail, slot)) }
        }
        return found.sorted { $0.tail.turn > $1.tail.turn }
    }

    private func tail(_ key: ObjectKey) async throws -> Tail? {
        do {
            var bytes = ByteBuffer()
            for try await var piece in try await store.read(key, range: 0..<Int64.max) { bytes.writeBuffer(&piece) }
            return Tail(decoding: bytes)
        } catch ObjectStoreError.objectNotFound {
            return nil
        } catch ObjectStoreError.rangeNotSatisfiable {
            return nil
        }
    }

    func removeTails(of upload: ObjectUpload) async throws {
        let left = try await store.remove([0, 1].map { Tail.key(of: upload, slot: $0) })
        if let error = left.values.first { throw error }
    }
}
