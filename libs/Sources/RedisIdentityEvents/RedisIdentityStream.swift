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
        guard let value = try await redis.get(IdentityKeys.beat).map({ String(buffer: $0) }) else { return nil }
        let parts = value.split(separator: " ")
        guard parts.count == 2, let position = IdentityPosition(String(parts[0])) else { return nil }
        return IdentityBeat(position: position, mark: String(parts[1]))
    }
}
