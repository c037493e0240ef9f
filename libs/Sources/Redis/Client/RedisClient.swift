public import Logging
public import NIOCore
public import NIOPosix
public import ServiceLifecycle
internal import Tracing

/// A client for one Redis server (RESP2).
///
/// All commands share one connection and are pipelined by themselves: whatever tasks send at about the same time
/// travels in one write. Commands of one task are done in the order they were sent; those of different tasks in any.
/// The connection is opened by the first command and reopened after a loss. While Redis is away, commands fail at once
/// with a `RedisError` whose `isUnavailable` is true. A command that was sent and not answered is never sent again:
/// its error's `isOutcomeUnknown` is true.
///
/// `SUBSCRIBE` belongs to a `RedisSubscriber`, blocking commands to `sendBlocking`; sent here they would hold up the
/// others.
public final class RedisClient: Service {
    public let configuration: RedisConfiguration
    let lane: CommandLane
    let blocking: BlockingLanes
    let counters = RedisCounters()
    let spans = CommandSpans()
    let eventLoopGroup: any EventLoopGroup
    let logger: Logger

    public init(
        _ configuration: RedisConfiguration,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger = Logger(label: "redis")
    ) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        lane = CommandLane(configuration, on: eventLoopGroup.next(), logger: logger)
        blocking = BlockingLanes(configuration, group: eventLoopGroup, logger: logger)
    }

    deinit {
        lane.beginClose(drain: false)
        blocking.close()
    }

    /// The event loop of the connection, on which callbacks are called.
    public var eventLoop: any EventLoop { lane.eventLoop }

    /// Serves until shutdown or cancellation, then closes. Commands work before it, too.
    public func run() async throws {
        try? await gracefulShutdown()
        await close()
    }

    /// Refuses new commands, waits for answers under way (no longer than their time-outs) and disconnects.
    public func close() async {
        blocking.close()
        await lane.close()
    }

    /// Sends a command and waits for the reply.
    ///
    /// Cancelled before it was written it is not sent, later its reply is dropped; either way `CancellationError`.
    /// Fails with a `RedisError`; an error reply is `.server`.
    public func send(_ command: RedisCommand, timeout: Duration? = nil) async throws -> RESPValue {
        let span = spans.begin(command)
        defer { span?.end() }
        do {
            return try await lane.send(command, timeout: timeout)
        } catch {
            span?.fail(error)
            throw error
        }
    }

    /// Sends a command and waits for the reply: `try await redis.send("SET", key, value, "EX", 60)`.
    ///
    /// Cancellation and failures as for `send(_:timeout:)`.
    @discardableResult
    public func send(_ name: String, _ arguments: any RedisArgumentConvertible...) async throws -> RESPValue {
        try await send(RedisCommand(name, arguments))
    }

    /// Sends a command the server may hold for up to `block`, on a connection of its own.
    ///
    /// Cancellation ends that connection. Fails as `send`, and as unavailable beyond `maximumBlockingConnections`.
    public func sendBlocking(_ command: RedisCommand, block: Duration) async throws -> RESPValue {
        let span = spans.begin(command)
        defer { span?.end() }
        do {
            return try await blocking.send(command, block: block)
        } catch {
            span?.fail(error)
            throw error
        }
    }

    /// Sends a command from code that cannot wait. `completion` is called once, on `eventLoop`, or right here when the
    /// command is refused. Commands submitted one after another are sent in that order.
    public func submit(
        _ command: RedisCommand, timeout: Duration? = nil,
        completion: @escaping @Sendable (Result<RESPValue, RedisError>) -> Void
    ) {
        lane.submit(command, timeout: timeout, .callback(spans.ending(command, completion)))
    }

    /// Sends a command from an event loop; the future succeeds or fails with a `RedisError` on `eventLoop`.
    public func submit(_ command: RedisCommand, timeout: Duration? = nil) -> EventLoopFuture<RESPValue> {
        let promise = lane.eventLoop.makePromise(of: RESPValue.self)
        submit(command, timeout: timeout) { promise.completeWith($0.mapError { $0 }) }
        return promise.futureResult
    }

    /// Does the commands as one (`MULTI` ... `EXEC`) and returns their replies, errors among them.
    ///
    /// Fails as `send`; `.server` with `EXECABORT` when one of them is not even understood, and then none is done.
    /// Cancellation does not stop it.
    public func transaction(_ commands: [RedisCommand], timeout: Duration? = nil) async throws -> [RESPValue] {
        let span = spans.begin("MULTI", of: commands.count)
        defer { span?.end() }
        do {
            let reply = try await withUnsafeThrowingContinuation { continuation in
                lane.submit(transaction: commands, timeout: timeout, .task(continuation))
            }
            return try reply.decode([RESPValue].self)
        } catch {
            span?.fail(error)
            throw error
        }
    }
}
