public import struct Foundation.Date

/// What a store knows about a whole object.
public struct ObjectInfo: Sendable, Hashable {
    public var key: ObjectKey
    /// Bytes.
    public var size: Int64
    /// Changes whenever the bytes may have changed; without quotes.
    public var etag: String
    public var modified: Date

    public init(key: ObjectKey, size: Int64, etag: String, modified: Date) {
        self.key = key
        self.size = size
        self.etag = etag
        self.modified = modified
    }
}
