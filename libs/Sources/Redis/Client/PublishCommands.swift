public import NIOCore
internal import Synchronization

extension RedisClient {
    /// Publishes and returns how many subscribers the server handed it to. `sharded` is `SPUBLISH`.
    ///
    /// Fails as `send(_:timeout:)`; after an unknown outcome the message may have been delivered.
    @discardableResult
    public func publish(_ payload: ByteBuffer, to channel: String, sharded: Bool = false) async throws -> Int {
        try await send(Self.publication(payload, channel, sharded)).decode()
    }

    @discardableResult
    public func publish(_ payload: String, to channel: String, sharded: Bool = false) async throws -> Int {
        try await publish(ByteBuffer(string: payload), to: channel, sharded: sharded)
    }

    /// Publishes without waiting. Calls made one after another are sent in that order.
    ///
    /// A failure is counted in `statistics.failedPublications`, and told to `onFailure` on the event loop, or right
    /// here when the message is refused.
    public func publishForgetting(
        _ payload: ByteBuffer, to channel: String, sharded: Bool = false,
        onFailure: (@Sendable (RedisError) -> Void)? = nil
    ) {
        let counters = counters
        submit(Self.publication(payload, channel, sharded)) { result in
            guard case .failure(let error) = result else { return }
            counters.failedPublications.wrappingAdd(1, ordering: .relaxed)
            onFailure?(error)
        }
    }

    private static func publication(_ payload: ByteBuffer, _ channel: String, _ sharded: Bool) -> RedisCommand {
        RedisCommand(arguments: [.string(sharded ? "SPUBLISH" : "PUBLISH"), .string(channel), .bytes(payload)])
    }
}
