public import NIOCore

/// One reply of the server, as RESP2 knows them.
///
/// A `bulk` delivered by a subscriber shares the storage of the socket read it came in; whoever keeps a small payload
/// for long should copy it. Replies to commands own their bytes.
public enum RESPValue: Sendable, Hashable {
    /// A status, such as `OK`.
    case simple(String)
    /// A refusal inside an array (an `EXEC`); at the top level the client throws it instead.
    case error(RedisServerError)
    case integer(Int)
    case bulk(ByteBuffer)
    case array([RESPValue])
    /// An absent value: a missing key, an aborted transaction, a wait that ran out.
    case null
}

/// An error reply: `code` is its first word (`WRONGTYPE`, `NOSCRIPT`, `ERR`), `message` the whole of it.
public struct RedisServerError: Sendable, Hashable, CustomStringConvertible {
    public let message: String
    public var code: Substring { message.prefix { $0 != " " } }
    public var description: String { message }

    public init(_ message: String) {
        self.message = message
    }
}

extension RESPValue {
    public var isNull: Bool { self == .null }

    /// The integer, also when it is written as text; `nil` for everything else.
    public var intValue: Int? {
        if case .integer(let value) = self { return value }
        return stringValue.flatMap { Int($0) }
    }

    /// The text of a status, bulk or integer. Bytes that are not UTF-8 are repaired.
    public var stringValue: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes): String(buffer: bytes)
        case .integer(let value): String(value)
        case .error, .array, .null: nil
        }
    }

    public var bytesValue: ByteBuffer? {
        switch self {
        case .bulk(let bytes): bytes
        case .simple(let text): ByteBuffer(string: text)
        case .error, .integer, .array, .null: nil
        }
    }

    public var arrayValue: [RESPValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }
}
