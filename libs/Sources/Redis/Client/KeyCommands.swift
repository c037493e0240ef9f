public import NIOCore
internal import Timing

/// When `SET` writes.
public enum RedisSetCondition: String, Sendable {
    case always
    case ifAbsent = "NX"
    case ifPresent = "XX"
}

/// All fail as `RedisClient.send(_:timeout:)` does.
extension RedisClient {
    public func ping() async throws {
        _ = try await send(RedisCommand("PING"))
    }

    public func get(_ key: String) async throws -> ByteBuffer? {
        try await send(RedisCommand("GET", key)).decode()
    }

    /// The values of several keys, `nil` for those that are not there.
    public func get(_ keys: [String]) async throws -> [ByteBuffer?] {
        keys.isEmpty ? [] : try await send(RedisCommand("MGET", keys)).decode()
    }

    /// Returns whether it was written, which only a condition can prevent. `expiring` is rounded up to milliseconds.
    @discardableResult
    public func set(
        _ key: String, to value: any RedisArgumentConvertible, expiring: Duration? = nil,
        if condition: RedisSetCondition = .always
    ) async throws -> Bool {
        var command = RedisCommand("SET", key, value)
        if let expiring { command.append("PX", expiring.wholeMilliseconds) }
        if condition != .always { command.append(condition.rawValue) }
        return try await send(command).decode()
    }

    /// Returns how many of the keys existed.
    @discardableResult
    public func delete(_ keys: String...) async throws -> Int {
        try await send(RedisCommand("DEL", keys)).decode()
    }

    @discardableResult
    public func increment(_ key: String, by amount: Int = 1) async throws -> Int {
        try await send(RedisCommand("INCRBY", key, amount)).decode()
    }

    /// Returns whether the key exists.
    @discardableResult
    public func expire(_ key: String, after delay: Duration) async throws -> Bool {
        try await send(RedisCommand("PEXPIRE", key, delay.wholeMilliseconds)).decode()
    }

    // MARK: Hashes

    /// Returns how many of the fields are new.
    @discardableResult
    public func hset(_ key: String, _ fields: [(String, any RedisArgumentConvertible)]) async throws -> Int {
        var command = RedisCommand("HSET", key)
        for (name, value) in fields { command.append(name, value) }
        return try await send(command).decode()
    }

    public func hget(_ key: String, _ field: String) async throws -> ByteBuffer? {
        try await send(RedisCommand("HGET", key, field)).decode()
    }

    public func hgetall(_ key: String) async throws -> [String: ByteBuffer] {
        try await send(RedisCommand("HGETALL", key)).decode()
    }

    @discardableResult
    public func hdel(_ key: String, _ fields: String...) async throws -> Int {
        try await send(RedisCommand("HDEL", [key] + fields)).decode()
    }

    // MARK: Sets and sorted sets

    @discardableResult
    public func sadd(_ key: String, _ members: String...) async throws -> Int {
        try await send(RedisCommand("SADD", [key] + members)).decode()
    }

    @discardableResult
    public func srem(_ key: String, _ members: String...) async throws -> Int {
        try await send(RedisCommand("SREM", [key] + members)).decode()
    }

    public func smembers(_ key: String) async throws -> [String] {
        try await send(RedisCommand("SMEMBERS", key)).decode()
    }

    /// Returns whether the member is new.
    @discardableResult
    public func zadd(_ key: String, _ member: String, score: Double) async throws -> Bool {
        try await send(RedisCommand("ZADD", key, score, member)).decode()
    }

    @discardableResult
    public func zrem(_ key: String, _ members: String...) async throws -> Int {
        try await send(RedisCommand("ZREM", [key] + members)).decode()
    }

    public func zcard(_ key: String) async throws -> Int {
        try await send(RedisCommand("ZCARD", key)).decode()
    }

    /// Members by rank, lowest score first; negative ranks count from the end.
    public func zrange(_ key: String, _ ranks: ClosedRange<Int> = 0...Int.max) async throws -> [String] {
        try await send(RedisCommand("ZRANGE", key, ranks.lowerBound, ranks.upperBound)).decode()
    }

    /// Members whose score lies in `scores`, lowest first.
    public func zrange(_ key: String, scores: ClosedRange<Double>, limit: Int? = nil) async throws -> [String] {
        var command = RedisCommand("ZRANGE", key, scores.lowerBound, scores.upperBound, "BYSCORE")
        if let limit { command.append("LIMIT", 0, limit) }
        return try await send(command).decode()
    }

    @discardableResult
    public func zremrangebyscore(_ key: String, _ scores: ClosedRange<Double>) async throws -> Int {
        try await send(RedisCommand("ZREMRANGEBYSCORE", key, scores.lowerBound, scores.upperBound)).decode()
    }
}
