public import IdentityEvents
import NIOCore
public import Redis

/// The names of what Redis holds; in one slot of a cluster.
enum IdentityKeys {
    static let stream = "identity:events"
    static let beat = "{identity:events}:beat"
}

/// Reads the stream `identity:events`. An entry's id is its event's number, so "after" needs no other bookkeeping.
public struct RedisIdentityStream: IdentityStream {
    /// A page; more come with the next look.
    private static let page = 1_000

    private let redis: RedisClient

    public init(redis: RedisClient) {
        self.redis = redis
    }

    /// Entries that are no events are skipped: a reader that stopped at one would never see what comes after it, and
    /// notices the hole.
    public func events(after position: IdentityPosition, wait: Duration) async throws -> [IdentityEvent] {
        let id = RedisStreamID(milliseconds: UInt64(clamping: position.seq), sequence: 0)
        let block = wait > .zero ? wait : nil
        return try await redis.xread(IdentityKeys.stream, after: id, count: Self.page, block: block)
            .compactMap { IdentityEntry.read($0) }
    }

    public func beat() async throws -> IdentityBeat? {
        let reply = try await redis.eval(Self.readBeat, keys: [IdentityKeys.beat], arguments: [])
        let parts = try reply.decode([String?].self)
        guard parts.count == 2, let value = parts[0] else { return nil }
        let words = value.split(separator: " ")
        guard words.count == 2, let position = IdentityPosition(String(words[0])) else { return nil }
        let mark = String(words[1])
        return IdentityBeat(
            position: position, mark: mark,
            clocks: parts[1].flatMap { Int64($0) }.map { BeatMark.witnesses(mark, at: Double($0) / 1_000) })
    }

    /// The beat, and the server's time in milliseconds at that moment.
    private static let readBeat = RedisScript(
        """
        local now = redis.call('TIME')
        return {redis.call('GET', KEYS[1]), now[1] .. string.format('%03d', math.floor(tonumber(now[2]) / 1000))}
        """)
}
