import Foundation
public import HTTPKit
import Redis

extension RedisRateLimitStore: RateLimitLeases {
    /// Beside those of `take`: a limit is asked for in one way or in the other.
    public func lease(
        _ most: Int, for life: Duration, from policy: RateLimitPolicy, to claims: [RateLimitClaim]
    ) async throws -> [RateLimitLease] {
        guard !claims.isEmpty else { return [] }
        return try await asking(policy) {
            let names = claims.map { name(policy, $0.key) + ":leased" }
            var arguments: [any RedisArgumentConvertible] = [
                policy.quota, Int(clamping: policy.windowSeconds), max(0, most),
                Int(min(max(0, life / .milliseconds(1)), 1e12)),
            ]
            for claim in claims {
                arguments += [min(max(0, claim.unspent), policy.quota), claim.holder.uuidString]
            }
            let reply = try await redis.eval(Self.leasing, keys: names, arguments: arguments, timeout: patience)
            let parts = try reply.decode([String].self)
            guard parts.count == claims.count * 2 else { throw RedisError.unexpectedReply("leases") }
            return try claims.indices.map { try Self.lease(most, policy, parts[$0 * 2], parts[$0 * 2 + 1]) }
        } whileAway: { own in
            try await own.lease(most, for: life, from: policy, to: claims)
        }
    }

    private static func lease(
        _ most: Int, _ policy: RateLimitPolicy, _ given: String, _ tokens: String
    ) throws -> RateLimitLease {
        guard let given = Int(given), let tokens = Double(tokens), tokens.isFinite else {
            throw RedisError.unexpectedReply("a lease")
        }
        let left = min(max(tokens, 0), Double(policy.quota))
        return RateLimitLease(
            tokens: min(max(given, 0), max(0, most)), remaining: Int(left),
            retryAfter: given > 0 || most <= 0 ? .zero : .seconds(max(0, 1 - left) / policy.refillPerSecond))
    }

    /// `LeasedBucket`, in microseconds. Each holder has a field of its own: how much it holds, and until when.
    private static let leasing = RedisScript(
        """
        local quota, window, most = tonumber(ARGV[1]), tonumber(ARGV[2]) * 1000000, tonumber(ARGV[3])
        local life = tonumber(ARGV[4]) * 1000
        local time = redis.call('TIME')
        local called = time[1] * 1000000 + time[2]
        local function lease(bucket, unspent, holder)
            local fields, now = redis.call('HGETALL', bucket), called
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
            local left = string.format('%.17g', tokens)
            if given > 0 then
                last = math.max(last, now + life)
                redis.call('HSET', bucket, 'tokens', left, 'at', string.format('%.0f', now),
                    holder, string.format('%.0f %.0f', given, now + life))
            else
                gone[#gone + 1] = holder
                redis.call('HSET', bucket, 'tokens', left, 'at', string.format('%.0f', now))
            end
            if #gone > 0 then redis.call('HDEL', bucket, unpack(gone)) end
            local full = (quota - tokens) * window / quota
            redis.call('PEXPIRE', bucket, math.ceil(math.max(full, last - now) / 1000) + 1)
            return string.format('%.0f', given), left
        end
        local leases = {}
        for i, bucket in ipairs(KEYS) do
            local given, left = lease(bucket, tonumber(ARGV[3 + i * 2]), ARGV[4 + i * 2])
            leases[i * 2 - 1], leases[i * 2] = given, left
        end
        return leases
        """)
}
