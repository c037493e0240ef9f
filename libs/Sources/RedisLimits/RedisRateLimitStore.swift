import Crypto
import DomainKit
import Encodings
public import HTTPKit
public import Logging
public import Redis

/// Buckets in Redis, the same for every replica.
///
/// Time is the server's: replicas' clocks differ. A bucket is a hash of two numbers that goes when it would be full, so that
/// what is kept follows the callers of one window. What a bucket is for is in its name by a hash alone, as it may be
/// somebody's address.
///
/// While Redis is away, or refuses to count, each policy says what becomes of it (`RateLimitPolicy.WhenAway`).
public struct RedisRateLimitStore: RateLimitStore {
    let redis: RedisClient
    let patience: Duration
    private let prefix: String
    private let own: InMemoryRateLimitStore
    private let logger: Logger

    /// - Parameters:
    ///   - patience: for so long a request waits for Redis before the limit counts as away.
    public init(_ redis: RedisClient, prefix: String = "limit:", patience: Duration = .seconds(1), logger: Logger) {
        self.redis = redis
        self.prefix = prefix
        self.patience = patience
        self.logger = logger
        own = InMemoryRateLimitStore()
    }

    public func take(_ cost: Int, from policy: RateLimitPolicy, for key: String) async throws -> RateLimitDecision {
        let cost = max(0, cost)
        return try await asking(policy) {
            let reply = try await redis.eval(
                Self.script, keys: [name(policy, key)],
                arguments: [policy.quota, Int(clamping: policy.windowSeconds), cost], timeout: patience)
            let parts = try reply.decode([String].self)
            guard parts.count == 2, let tokens = Double(parts[1]), tokens.isFinite else {
                throw RedisError.unexpectedReply("a bucket")
            }
            return RateLimitDecision(
                policy, isAllowed: parts[0] == "1", tokens: min(max(tokens, 0), Double(policy.quota)),
                cost: Double(cost))
        } whileAway: { own in
            try await own.take(cost, from: policy, for: key)
        }
    }

    /// What Redis says, or what the policy says while it does not.
    func asking<Answer: Sendable>(
        _ policy: RateLimitPolicy, _ ask: () async throws -> Answer,
        whileAway count: (InMemoryRateLimitStore) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await ask()
        } catch let error as RedisError {
            // What will not pass by itself, such as a script that is not allowed, is for somebody to look at.
            logger.log(
                level: error.isUnavailable ? .debug : .warning, "limit not asked",
                metadata: ["limit": "\(policy.name)", "error": "\(error)"])
            switch policy.whenAway {
            case .closed: throw Failure.unavailable("redis", cause: error)
            case .countedHere: return try await count(own)
            }
        }
    }

    /// Another quota or window is another bucket, so that a changed setting holds at once.
    func name(_ policy: RateLimitPolicy, _ key: String) -> String {
        let digest = SHA256.hash(data: Array(key.utf8)).prefix(16)
        return "\(prefix)\(policy.name):\(policy.quota):\(policy.windowSeconds):\(Base64URL.encode(digest))"
    }

    /// `TokenBucket`, in microseconds. A clock that goes back fills nothing.
    private static let script = RedisScript(
        """
        local quota, window, cost = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000, tonumber(ARGV[3])
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
        local tokens, at = tonumber(held[1]) or quota, tonumber(held[2]) or now
        if now > at then
            tokens = math.min(quota, tokens + (now - at) * quota / window)
            at = now
        end
        local allowed = tokens >= cost
        if allowed then tokens = tokens - cost end
        local left = string.format('%.17g', tokens)
        redis.call('HSET', KEYS[1], 'tokens', left, 'at', string.format('%.0f', at))
        redis.call('PEXPIRE', KEYS[1], math.ceil((quota - tokens) * window / quota / 1000) + 1)
        return {allowed and '1' or '0', left}
        """)
}
