public import Foundation
public import IdentityEvents
public import Redis

/// Fills the stream `identity:events`. Any number of relays may do so at once: what one of them publishes is appended only
/// where it fits, in one step, so that nothing comes twice, out of order or with a hole.
public struct RedisIdentityPublisher: Sendable {
    /// Many times what can happen in the life of a token; the server may keep some more.
    private static let longest = 100_000

    private let redis: RedisClient

    public init(redis: RedisClient) {
        self.redis = redis
    }

    /// Appends `events`, which are those after `position` without a hole, if the stream ends at `position`. Then, or
    /// without events, says by a beat that the stream has everything there was, unless there is more to come.
    ///
    /// - Parameter hasMore: whether further events are committed already.
    /// - Parameter now: the time in the database that the events are committed in, for the beat to say; nil is not said.
    /// - Parameter resetting: begins the stream anew with `events`, wherever it ended: for one that is of another history,
    ///   or ends at an event that nobody has any more.
    /// - Returns: where the stream ends now. Another place than that of the last event (of `position`, without any) means
    ///   that nothing was done: go on from there.
    /// Fails: as `RedisClient.send`; what was sent and not answered may have been appended, and is not when it is sent again.
    public func publish(
        _ events: [IdentityEvent], after position: IdentityPosition, at now: Date? = nil, hasMore: Bool = false,
        resetting: Bool = false
    ) async throws -> IdentityPosition {
        var arguments: [any RedisArgumentConvertible] = [
            position.seq, position.tag, resetting ? 1 : 0, hasMore ? "" : BeatMark.prefix(at: now), Self.longest,
        ]
        for event in events {
            let fields = IdentityEntry.fields(event)
            arguments += [event.seq, event.tag, fields.count]
            for (name, value) in fields { arguments += [name, value] }
        }
        let reply = try await redis.eval(
            Self.script, keys: [IdentityKeys.stream, IdentityKeys.beat], arguments: arguments)
        let place = try reply.decode([String].self)
        guard place.count == 2, let seq = Int64(place[0]) else {
            throw RedisError.unexpectedReply("expected a place in the stream")
        }
        return IdentityPosition(seq: seq, tag: place[1])
    }

    /// Numbers travel as text: those of Lua are exact up to 2^53 only.
    private static let script = RedisScript(
        """
        local stream, beat = KEYS[1], KEYS[2]
        local seq, tag, resetting, mark, longest = ARGV[1], ARGV[2], ARGV[3] == '1', ARGV[4], ARGV[5]
        if resetting then
            redis.call('DEL', stream)
        else
            local ends, endTag = '0', ''
            local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
            if last then
                ends = string.match(last[1], '^(%d+)-')
                for i = 1, #last[2], 2 do
                    if last[2][i] == 'tag' then endTag = last[2][i + 1] end
                end
            end
            if ends ~= seq or endTag ~= tag then return {ends, endTag} end
        end
        local i = 6
        while i <= #ARGV do
            seq, tag = ARGV[i], ARGV[i + 1]
            local count = tonumber(ARGV[i + 2]) * 2
            redis.call('XADD', stream, 'MAXLEN', '~', longest, seq .. '-0', unpack(ARGV, i + 3, i + 2 + count))
            i = i + 3 + count
        end
        if mark == '' then return {seq, tag} end
        local now = redis.call('TIME')
        mark = mark .. now[1] .. string.format('%03d', math.floor(tonumber(now[2]) / 1000))
        redis.call('SET', beat, (tag == '' and seq or seq .. '-' .. tag) .. ' ' .. mark, 'EX', 3600)
        return {seq, tag}
        """)
}
