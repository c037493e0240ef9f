/// Objects are files of this machine, which programs can be pointed at.
public protocol ObjectFiles: Sendable {
    /// The absolute path of the object's file, to be read and nothing else. Fails: `objectNotFound`.
    func path(of key: ObjectKey) async throws -> String
}
