public import Foundation
public import HTTPKit
import Redis

extension RedisRateLimitStore: RateLimitLeases {
    /// Beside those of `take`: a limit is asked for in one way or in the other.
    public func lease(
        _ most: Int, for life: Duration, returning unspent: Int, by holder: UUID, from policy: RateLimitPolicy,
        for key: String
    ) async throws -> RateLimitLease {
        try await asking(policy) {
            let reply = try await redis.eval(
                Self.leasing, keys: [name(policy, key) + ":leased"],
                arguments: [
                    policy.quota, Int(clamping: policy.windowSeconds), max(0, most),
                    Int(min(max(0, life / .milliseconds(1)), 1e12)), min(max(0, unspent), policy.quota),
                    holder.uuidString,
                ], timeout: patience)
            let parts = try reply.decode([String].self)
            guard parts.count == 2, let given = Int(parts[0]), let tokens = Double(parts[1]), tokens.isFinite else {
                throw RedisError.unexpectedReply("a lease")
            }
            let left = min(max(tokens, 0), Double(policy.quota))
            return RateLimitLease(
                tokens: min(max(given, 0), max(0, most)), remaining: Int(left),
                retryAfter: given > 0 || most <= 0 ? .zero : .seconds(max(0, 1 - left) / policy.refillPerSecond))
        } whileAway: { own in
            try await own.lease(most, for: life, returning: unspent, by: holder, from: policy, for: key)
        }
    }

    /// `LeasedBucket`, in microseconds. Each holder has a field of its own: how much it holds, and until when.
    private static let leasing = RedisScript(
        """
        local quota, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000, tonumber(ARGV[3])
        local life, unspent, holder = tonumber(ARGV[4]) * 1000, tonumber(ARGV[5]), ARGV[6]
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local fields = redis.call('HGETALL', KEYS[1])
        local tokens, at, own, held, last, gone = quota, now, 0, 0, 0, {}
        local holds = {}
        for i = 1, #fields, 2 do
            local name, value = fields[i], fields[i + 1]
            if name == 'tokens' then tokens = tonumber(value)
            elseif name == 'at' then at = tonumber(value)
            else holds[name] = value end
        end
        if at > now then now = at end
        for name, value in pairs(holds) do
            local amount, ends = string.match(value, '^(%d+) (%d+)$')
            amount, ends = tonumber(amount), tonumber(ends)
            if amount == nil or ends <= now then gone[#gone + 1] = name
            else
                held = held + amount
                if name == holder then own = amount elseif ends > last then last = ends end
            end
        end
        tokens = math.max(0, math.min(quota - held, tokens + (now - at) * quota / window)) + math.min(unspent, own)
        local given = math.min(most, math.floor(tokens))
        tokens = tokens - given
        if given > 0 then
            redis.call('HSET', KEYS[1], holder, string.format('%.0f %.0f', given, now + life))
            last = math.max(last, now + life)
        else gone[#gone + 1] = holder end
        if #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
        local left = string.format('%.17g', tokens)
        redis.call('HSET', KEYS[1], 'tokens', left, 'at', string.format('%.0f', now))
        local full = (quota - tokens) * window / quota
        redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(full, last - now) / 1000) + 1)
        return {string.format('%.0f', given), left}
        """)
}
