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
