public import NIOCore

/// One argument of a command: bytes, whatever they were written as.
public enum RedisArgument: Sendable, Hashable {
    case string(String)
    case bytes(ByteBuffer)
    case integer(Int)
}

/// What can stand as an argument of a command.
public protocol RedisArgumentConvertible {
    var redisArgument: RedisArgument { get }
}

extension RedisArgument: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { self }
}

extension String: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .string(self) }
}

extension Substring: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .string(String(self)) }
}

extension ByteBuffer: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .bytes(self) }
}

extension Int: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .integer(self) }
}

extension Int64: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .integer(Int(self)) }
}

extension Double: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .string(description) }
}

extension [UInt8]: RedisArgumentConvertible {
    public var redisArgument: RedisArgument { .bytes(ByteBuffer(bytes: self)) }
}

/// A command and its arguments, not yet sent.
public struct RedisCommand: Sendable, Hashable {
    public var arguments: [RedisArgument]

    public init(arguments: [RedisArgument]) {
        self.arguments = arguments
    }

    public init(_ name: String, _ arguments: any RedisArgumentConvertible...) {
        self.init(name, arguments)
    }

    public init(_ name: String, _ arguments: [any RedisArgumentConvertible]) {
        self.arguments = [.string(name)]
        self.arguments.reserveCapacity(arguments.count + 1)
        for argument in arguments { self.arguments.append(argument.redisArgument) }
    }

    /// Adds arguments at the end.
    public mutating func append(_ arguments: any RedisArgumentConvertible...) {
        for argument in arguments { self.arguments.append(argument.redisArgument) }
    }
}
