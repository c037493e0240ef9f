public import NIOCore

/// Whole objects can be asked about and read by ranges.
public protocol ObjectReading: Sendable {
    associatedtype Bytes: AsyncSequence & Sendable where Bytes.Element == ByteBuffer

    /// Fails: `objectNotFound`.
    func head(_ key: ObjectKey) async throws -> ObjectInfo

    /// The object's bytes in `range`, cut at its end, in pieces of bounded size.
    ///
    /// With an `etag` they are those of that object and of no later one under the same key.
    /// Fails: `objectNotFound`, `objectChanged`, `rangeNotSatisfiable`.
    func read(_ key: ObjectKey, range: Range<Int64>, ifMatch etag: String?) async throws -> Bytes
}

extension ObjectReading {
    /// As `read(_:range:ifMatch:)`, whatever object is there by now.
    public func read(_ key: ObjectKey, range: Range<Int64>) async throws -> Bytes {
        try await read(key, range: range, ifMatch: nil)
    }
}

/// Objects of a few kilobytes or megabytes can be put at once: posters, playlists, notes.
public protocol ObjectPutting: Sendable {
    /// Makes `bytes` the object, in the place of one that was there; durable and visible as a whole when this returns.
    /// Returns its etag.
    @discardableResult
    func put(_ bytes: ByteBuffer, as key: ObjectKey) async throws -> String
}

/// Objects can be copied within the store, without their bytes leaving it.
public protocol ObjectCopying: Sendable {
    /// Makes an object of the bytes of `source`, in the place of one that was there; as `ObjectPutting`.
    /// Fails: `objectNotFound` and `objectChanged` of the source.
    func copy(_ source: ObjectKey, to target: ObjectKey) async throws -> ObjectInfo
}

/// Objects can be removed, many in one call.
public protocol ObjectRemoving: Sendable {
    /// Removes the objects, as many as there are; a key of none is success.
    ///
    /// Returns those that are still there and why. Fails: `unavailable` when nothing could be asked for at all.
    func remove(_ keys: [ObjectKey]) async throws -> [ObjectKey: ObjectStoreError]
}

extension ObjectRemoving {
    public func remove(_ key: ObjectKey) async throws {
        if let error = try await remove([key])[key] { throw error }
    }
}

/// Objects can be found by how their keys begin.
public protocol ObjectListing: Sendable {
    /// Objects whose key begins with `prefix`, in the order of its bytes: a page of at most `limit` (1...1,000) behind the
    /// one whose `next` is `mark`.
    ///
    /// What comes or goes between two pages is on one or on none; what was there all the time is on exactly one.
    func objects(under prefix: String, after mark: String?, limit: Int) async throws -> ObjectPage<ObjectInfo>
}
