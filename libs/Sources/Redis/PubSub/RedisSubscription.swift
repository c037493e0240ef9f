public import NIOCore

/// What one can listen to.
public enum RedisSubscription: Sendable, Hashable {
    /// `SUBSCRIBE`: messages published to this channel.
    case channel(String)
    /// `SSUBSCRIBE`: messages published with `SPUBLISH`, which stay within the channel's shard.
    case shard(String)
    /// `PSUBSCRIBE`: messages published to every channel the glob fits.
    case pattern(String)

    var name: String {
        switch self {
        case .channel(let name), .shard(let name), .pattern(let name): name
        }
    }
}

/// A published message, as a subscriber gets it.
public struct RedisMessage: Sendable, Hashable {
    public let channel: String
    /// Shares the storage of the socket read it came in: copy what is kept for long.
    public let payload: ByteBuffer
    /// The pattern that let it through, if it was one.
    public let pattern: String?

    public init(channel: String, payload: ByteBuffer, pattern: String? = nil) {
        self.channel = channel
        self.payload = payload
        self.pattern = pattern
    }
}

/// What a subscriber's owner is told about its connection.
public enum RedisSubscriberEvent: Sendable, Hashable {
    /// Every subscription wanted by now is live (again); what was published before it while away was missed, so this
    /// is the moment to catch up from a store.
    case connected(resubscribed: Int)
    /// Messages are being missed from now on. Said once for each loss, however many attempts fail after it.
    case disconnected(RedisError)
}
