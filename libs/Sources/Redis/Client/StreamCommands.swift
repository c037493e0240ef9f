public import NIOCore
internal import Timing

/// The place of an entry in a stream: milliseconds and a counter within them, ordered as the stream is.
public struct RedisStreamID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var milliseconds: UInt64
    public var sequence: UInt64

    public init(milliseconds: UInt64, sequence: UInt64) {
        self.milliseconds = milliseconds
        self.sequence = sequence
    }

    /// Reads `1526919030474-55`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let milliseconds = UInt64(parts[0]), let sequence = UInt64(parts[1]) else { return nil }
        self.init(milliseconds: milliseconds, sequence: sequence)
    }

    /// Before every entry.
    public static let beginning = RedisStreamID(milliseconds: 0, sequence: 0)
    public var description: String { "\(milliseconds)-\(sequence)" }

    public static func < (left: RedisStreamID, right: RedisStreamID) -> Bool {
        (left.milliseconds, left.sequence) < (right.milliseconds, right.sequence)
    }
}

extension RedisStreamID: RedisArgumentConvertible, RESPDecodable {
    public var redisArgument: RedisArgument { .string(description) }

    public init(resp value: RESPValue) throws(RedisError) {
        self = try value.unwrap(value.stringValue.flatMap { RedisStreamID($0) })
    }
}

/// One entry of a stream.
public struct RedisStreamEntry: Sendable, Hashable, RESPDecodable {
    public let id: RedisStreamID
    public let fields: [String: ByteBuffer]

    public init(resp value: RESPValue) throws(RedisError) {
        guard let parts = value.arrayValue, parts.count == 2 else { throw .unexpectedReply("expected a stream entry") }
        id = try parts[0].decode()
        fields = try parts[1].decode()
    }
}

/// How much of a stream is kept.
public enum RedisStreamTrim: Sendable {
    /// At least the newest so many; the server may keep some more for speed.
    case count(Int)
    case exactCount(Int)
    /// Nothing older than this.
    case from(RedisStreamID)

    fileprivate func append(to command: inout RedisCommand) {
        switch self {
        case .count(let count): command.append("MAXLEN", "~", count)
        case .exactCount(let count): command.append("MAXLEN", count)
        case .from(let id): command.append("MINID", id)
        }
    }
}

/// All fail as `RedisClient.send(_:timeout:)` does.
extension RedisClient {
    /// Appends an entry and returns its id, made by the server unless given.
    @discardableResult
    public func xadd(
        _ stream: String, _ fields: [(String, any RedisArgumentConvertible)], id: RedisStreamID? = nil,
        trim: RedisStreamTrim? = nil
    ) async throws -> RedisStreamID {
        var command = RedisCommand("XADD", stream)
        trim?.append(to: &command)
        command.append(id?.description ?? "*")
        for (name, value) in fields { command.append(name, value) }
        return try await send(command).decode()
    }

    /// Entries after `id`, oldest first.
    ///
    /// With `block` it waits so long for the first of them, on a connection of its own, and returns none when the time
    /// is up; cancellation ends the wait.
    public func xread(
        _ stream: String, after id: RedisStreamID, count: Int? = nil, block: Duration? = nil
    ) async throws -> [RedisStreamEntry] {
        var command = RedisCommand("XREAD")
        if let count { command.append("COUNT", count) }
        // Zero would mean for ever.
        if let block { command.append("BLOCK", max(block.wholeMilliseconds, 1)) }
        command.append("STREAMS", stream, id)
        let reply = if let block { try await sendBlocking(command, block: block) } else { try await send(command) }
        guard let first = reply.arrayValue?.first else { return [] }
        guard let parts = first.arrayValue, parts.count == 2 else {
            throw RedisError.unexpectedReply("expected a stream")
        }
        return try parts[1].decode()
    }

    /// Entries from `first` to `last`, both included, oldest first.
    public func xrange(
        _ stream: String, from first: RedisStreamID? = nil, to last: RedisStreamID? = nil, count: Int? = nil
    ) async throws -> [RedisStreamEntry] {
        var command = RedisCommand("XRANGE", stream, first?.description ?? "-", last?.description ?? "+")
        if let count { command.append("COUNT", count) }
        return try await send(command).decode()
    }

    /// The newest entries, newest first.
    public func xrevrange(_ stream: String, count: Int) async throws -> [RedisStreamEntry] {
        try await send(RedisCommand("XREVRANGE", stream, "+", "-", "COUNT", count)).decode()
    }

    /// Returns how many entries were dropped.
    @discardableResult
    public func xtrim(_ stream: String, to trim: RedisStreamTrim) async throws -> Int {
        var command = RedisCommand("XTRIM", stream)
        trim.append(to: &command)
        return try await send(command).decode()
    }

    public func xlen(_ stream: String) async throws -> Int {
        try await send(RedisCommand("XLEN", stream)).decode()
    }
}
