public import NIOCore

/// A whole object opened for reading, ready to be sent by `sendfile`.
///
/// Whoever receives it owns `handle` and closes it. The bytes stay readable although the object is deleted meanwhile.
public struct StoredFile: Sendable {
    public let info: ObjectInfo
    public let handle: NIOFileHandle
}
