internal import Crypto
internal import Encodings

/// A Lua script and the name the server keeps it under.
public struct RedisScript: Sendable, Hashable {
    public let source: String
    /// SHA-1 of the source, in hexadecimal.
    public let digest: String

    public init(_ source: String) {
        self.source = source
        digest = Hexadecimal.encode(Insecure.SHA1.hash(data: Array(source.utf8)))
    }
}

extension RedisClient {
    /// Runs a script by its digest, and once by its source when the server does not know it (any more).
    ///
    /// The second attempt repeats nothing: `NOSCRIPT` means that nothing was run. Fails as `send(_:timeout:)`.
    public func eval(
        _ script: RedisScript, keys: [String] = [], arguments: [any RedisArgumentConvertible] = [],
        timeout: Duration? = nil
    ) async throws -> RESPValue {
        func command(_ name: String, _ script: String) -> RedisCommand {
            var command = RedisCommand(name, script, keys.count)
            command.arguments += keys.map(\.redisArgument)
            command.arguments += arguments.map(\.redisArgument)
            return command
        }
        do {
            return try await send(command("EVALSHA", script.digest), timeout: timeout)
        } catch RedisError.server(let error) where error.code == "NOSCRIPT" {
            return try await send(command("EVAL", script.source), timeout: timeout)
        }
    }
}
