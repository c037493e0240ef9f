public import NIOCore

/// An object of the embedded store, open and ready to be sent by `sendfile`; closed when the last copy is let go.
///
/// The bytes stay readable although the object is deleted meanwhile.
public struct OpenObject: Sendable {
    public let info: ObjectInfo
    let file: OpenFile

    /// Lends the descriptor in the form NIO sends files from. Every write of a region of it must be over when `body`
    /// returns.
    public func withHandle<Value: Sendable>(
        _ body: @Sendable (NIOFileHandle) async throws -> Value
    ) async rethrows -> Value {
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: file.descriptor)
        // Takes the descriptor back from the handle, which would otherwise insist on closing it.
        defer { _ = try? handle.takeDescriptorOwnership() }
        return try await body(handle)
    }
}
