/// An object on its way into a store; names nothing that can be read before it is completed.
///
/// As S3 does, a store needs both halves to find it again: the key it will have and the store's own id.
public struct ObjectUpload: Sendable, Hashable {
    public var key: ObjectKey
    /// Made by the store; opaque, at most 1,024 bytes.
    public var id: String

    public init(key: ObjectKey, id: String) {
        self.key = key
        self.id = id
    }
}

/// A part of an upload, as the store told of it when it was put.
public struct ObjectPart: Sendable, Hashable {
    /// From 1 on; the bytes of an object are in the order of its parts' numbers.
    public var number: Int
    /// Another one whenever the part was put again; without quotes.
    public var etag: String
    /// Bytes.
    public var size: Int64

    public init(number: Int, etag: String, size: Int64) {
        self.number = number
        self.etag = etag
        self.size = size
    }
}

/// Some of a list, and where the rest begins.
public struct ObjectPage<Item: Sendable>: Sendable {
    public var items: [Item]
    /// What to ask for the next page with; opaque, nil at the end.
    public var next: String?

    public init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}
