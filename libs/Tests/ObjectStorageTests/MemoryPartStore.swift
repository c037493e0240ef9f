import Foundation
import NIOCore
import ObjectStorage
import ObjectStorageContracts

/// A store in memory that is as narrow as S3: parts that nobody can append to, read or take back.
actor MemoryPartStore: PartCopying, ObjectPutting, ObjectReading, ObjectRemoving, ObjectListing, ObjectCopying {
    private struct Begun {
        let at = Date()
        var parts: [Int: (part: ObjectPart, bytes: [UInt8])] = [:]
    }

    nonisolated let partLimits: PartLimits
    private var objects: [ObjectKey: (info: ObjectInfo, bytes: [UInt8])] = [:]
    private var begun: [ObjectUpload: Begun] = [:]
    private var lastTag = 0

    init(partLimits: PartLimits) {
        self.partLimits = partLimits
    }

    func begin(_ key: ObjectKey) -> ObjectUpload {
        let upload = ObjectUpload(key: key, id: "2~\(UUID().uuidString)/é")
        begun[upload] = Begun()
        return upload
    }

    func abort(_ upload: ObjectUpload) {
        begun[upload] = nil
    }

    func uploads(begunBefore date: Date, after mark: String?) -> ObjectPage<ObjectUpload> {
        let old = begun.filter { $0.value.at < date && mark.map($0.key.id.isBehind) ?? true }.keys
        let shown = old.sorted { $1.id.isBehind($0.id) }.prefix(2)
        return ObjectPage(items: Array(shown), next: old.count > shown.count ? shown.last?.id : nil)
    }

    func put<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, size: Int64, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart where Bytes.Element == ByteBuffer {
        guard begun[upload] != nil else { throw ObjectStoreError.uploadNotFound(upload) }
        guard (1...partLimits.most).contains(number), (0...partLimits.largest).contains(size) else {
            throw ObjectStoreError.badPart(number: number, reason: "beyond the limits")
        }
        var taken: [UInt8] = []
        for try await piece in bytes { taken += piece.readableBytesView }
        guard taken.count == size else { throw ObjectStoreError.badPart(number: number, reason: "another size") }
        let part = ObjectPart(number: number, etag: nextTag(), size: size)
        begun[upload]?.parts[number] = (part, taken)
        return part
    }

    func copy(
        _ range: Range<Int64>, of source: ObjectInfo, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart {
        let bytes = try read(source.key, range: range, ifMatch: source.etag)
        return try await put(bytes, size: range.upperBound - range.lowerBound, as: number, of: upload)
    }

    func parts(of upload: ObjectUpload, after number: Int) throws -> [ObjectPart] {
        guard let parts = begun[upload]?.parts else { throw ObjectStoreError.uploadNotFound(upload) }
        return parts.keys.filter { $0 > number }.sorted().prefix(3).compactMap { parts[$0]?.part }
    }

    func complete(_ upload: ObjectUpload, of parts: [ObjectPart]) throws -> ObjectInfo {
        if parts.isEmpty { throw ObjectStoreError.badPart(number: 0, reason: "none") }
        guard let put = begun[upload]?.parts else {
            let size = parts.reduce(0) { $0 + $1.size }
            if let info = objects[upload.key]?.info, info.size == size { return info }
            throw ObjectStoreError.uploadNotFound(upload)
        }
        var (bytes, last): ([UInt8], Int) = ([], 0)
        for (index, part) in parts.enumerated() {
            guard part.number > last, let stored = put[part.number], stored.part == part,
                part.size >= partLimits.smallest || index == parts.count - 1
            else { throw ObjectStoreError.badPart(number: part.number, reason: "not as it was put, or too small") }
            bytes += stored.bytes
            last = part.number
        }
        begun[upload] = nil
        return store(bytes, upload.key)
    }

    func put(_ bytes: ByteBuffer, as key: ObjectKey) -> String {
        store(Array(bytes.readableBytesView), key).etag
    }

    func copy(_ source: ObjectKey, to target: ObjectKey) throws -> ObjectInfo {
        guard let bytes = objects[source]?.bytes else { throw ObjectStoreError.objectNotFound(source) }
        return store(bytes, target)
    }

    func head(_ key: ObjectKey) throws -> ObjectInfo {
        guard let info = objects[key]?.info else { throw ObjectStoreError.objectNotFound(key) }
        return info
    }

    func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) throws -> Pieces {
        guard let (info, bytes) = objects[key] else { throw ObjectStoreError.objectNotFound(key) }
        if let etag, etag != info.etag { throw ObjectStoreError.objectChanged(key) }
        guard range.lowerBound < info.size || range.isEmpty else {
            throw ObjectStoreError.rangeNotSatisfiable(size: info.size)
        }
        let range = range.clamped(to: 0..<info.size)
        return Pieces(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    func remove(_ keys: [ObjectKey]) -> [ObjectKey: ObjectStoreError] {
        for key in keys { objects[key] = nil }
        return [:]
    }

    func objects(under prefix: String, after mark: String?, limit: Int) -> ObjectPage<ObjectInfo> {
        let keys = objects.keys.filter { $0.description.hasPrefix(prefix) && mark.map($0.description.isBehind) ?? true }
        let shown = keys.sorted { $1.description.isBehind($0.description) }.prefix(limit)
        return ObjectPage(
            items: shown.compactMap { objects[$0]?.info },
            next: keys.count > shown.count ? shown.last?.description : nil)
    }

    private func store(_ bytes: [UInt8], _ key: ObjectKey) -> ObjectInfo {
        let info = ObjectInfo(key: key, size: Int64(bytes.count), etag: nextTag(), modified: Date())
        objects[key] = (info, bytes)
        return info
    }

    private func nextTag() -> String {
        lastTag += 1
        return "\(lastTag)"
    }
}

extension String {
    /// By bytes.
    fileprivate func isBehind(_ other: String) -> Bool { other.utf8.lexicographicallyPrecedes(utf8) }
}
