public import struct Foundation.Date
public import NIOCore

/// Of whole objects it is the store it is made of.
extension TailedParts: ObjectReading, ObjectPutting, ObjectRemoving {
    public func head(_ key: ObjectKey) async throws -> ObjectInfo {
        try await store.head(key)
    }

    public func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) async throws -> Store.Bytes {
        try await store.read(key, range: range, ifMatch: etag)
    }

    @discardableResult
    public func put(_ bytes: ByteBuffer, as key: ObjectKey) async throws -> String {
        try await store.put(bytes, as: key)
    }

    public func remove(_ keys: [ObjectKey]) async throws -> [ObjectKey: ObjectStoreError] {
        try await store.remove(keys)
    }
}

extension TailedParts: ObjectCopying where Store: ObjectCopying {
    public func copy(_ source: ObjectKey, to target: ObjectKey) async throws -> ObjectInfo {
        try await store.copy(source, to: target)
    }
}

extension TailedParts: ObjectListing where Store: ObjectListing {
    public func objects(
        under prefix: String, after mark: String?, limit: Int
    ) async throws -> ObjectPage<ObjectInfo> {
        try await store.objects(under: prefix, after: mark, limit: limit)
    }
}

extension TailedParts: ReadSigning where Store: ReadSigning {
    public func signedURL(
        for key: ObjectKey, as presentation: Presentation, to holder: String?, until expiry: Date
    ) async throws -> SignedURL {
        try await store.signedURL(for: key, as: presentation, to: holder, until: expiry)
    }
}

/// An upload of numbered parts has a tail of no bytes until its end.
extension TailedParts: PartUploading {
    public var partLimits: PartLimits { store.partLimits }

    public func put<Bytes: AsyncSequence & Sendable>(
        _ bytes: Bytes, size: Int64, as number: Int, of upload: ObjectUpload
    ) async throws -> ObjectPart where Bytes.Element == ByteBuffer {
        try await store.put(bytes, size: size, as: number, of: upload)
    }

    public func parts(of upload: ObjectUpload, after number: Int) async throws -> [ObjectPart] {
        try await store.parts(of: upload, after: number)
    }

    public func complete(_ upload: ObjectUpload, of parts: [ObjectPart]) async throws -> ObjectInfo {
        let info = try await store.complete(upload, of: parts)
        try await removeTails(of: upload)
        return info
    }
}

extension TailedParts: PartChecking where Store: PartChecking {
    public func complete(
        _ upload: ObjectUpload, of parts: [ObjectPart], digest: [UInt8]
    ) async throws -> ObjectInfo {
        let info = try await store.complete(upload, of: parts, digest: digest)
        try await removeTails(of: upload)
        return info
    }

    public func reopen(
        _ upload: ObjectUpload, sizes: [Int64], noting: @Sendable (ObjectUpload) async throws -> Void
    ) async throws -> ObjectUpload {
        let reopened = try await store.reopen(upload, sizes: sizes, noting: noting)
        if reopened != upload { try await removeTails(of: upload) }
        return reopened
    }
}

extension TailedParts: PartSigning where Store: PartSigning {
    public func signedPut(
        part number: Int, of upload: ObjectUpload, size: Int64, until expiry: Date
    ) async throws -> SignedPut {
        try await store.signedPut(part: number, of: upload, size: size, until: expiry)
    }
}
