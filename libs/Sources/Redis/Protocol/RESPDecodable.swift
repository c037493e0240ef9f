public import NIOCore

/// What a reply can be read as: `try await redis.send("HMGET", key, "a", "b").decode([String?].self)`.
public protocol RESPDecodable: Sendable {
    /// Fails: `RedisError.unexpectedReply` when the reply has another shape.
    init(resp value: RESPValue) throws(RedisError)
}

extension RESPValue {
    /// Fails: `RedisError.unexpectedReply` when the reply has another shape.
    public func decode<Value: RESPDecodable>(_ type: Value.Type = Value.self) throws(RedisError) -> Value {
        try Value(resp: self)
    }

    func unwrap<Value>(_ value: Value?, as type: Any.Type = Value.self) throws(RedisError) -> Value {
        guard let value else { throw .unexpectedReply("expected \(type), got \(kind)") }
        return value
    }

    private var kind: String {
        switch self {
        case .simple: "a status"
        case .error(let error): "the error '\(error.message)'"
        case .integer: "an integer"
        case .bulk: "a bulk string"
        case .array(let elements): "an array of \(elements.count)"
        case .null: "null"
        }
    }
}

extension RESPValue: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) { self = value }
}

extension Int: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) { self = try value.unwrap(value.intValue) }
}

extension Double: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) {
        self = try value.unwrap(value.stringValue.flatMap { Double($0) })
    }
}

/// `1` and `OK` are true, `0` and null are false, as the server's commands mean them.
extension Bool: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) {
        switch value {
        case .integer(0), .null: self = false
        case .integer(1), .simple("OK"): self = true
        default: self = try value.unwrap(nil)
        }
    }
}

extension String: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) { self = try value.unwrap(value.stringValue) }
}

extension ByteBuffer: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) { self = try value.unwrap(value.bytesValue) }
}

extension Optional: RESPDecodable where Wrapped: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) {
        self = value.isNull ? nil : try Wrapped(resp: value)
    }
}

extension Array: RESPDecodable where Element: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) {
        var elements: [Element] = []
        for element in try value.unwrap(value.arrayValue) {
            elements.append(try Element(resp: element))
        }
        self = elements
    }
}

/// Field, value, field, value, as `HGETALL` answers; the last of equal fields wins.
extension Dictionary: RESPDecodable where Key == String, Value: RESPDecodable {
    public init(resp value: RESPValue) throws(RedisError) {
        let elements = try value.unwrap(value.arrayValue)
        guard elements.count.isMultiple(of: 2) else { throw .unexpectedReply("expected pairs, got \(elements.count)") }
        self.init(minimumCapacity: elements.count / 2)
        for index in stride(from: 0, to: elements.count, by: 2) {
            self[try String(resp: elements[index])] = try Value(resp: elements[index + 1])
        }
    }
}
