internal import Logging
public import NIOCore
internal import Synchronization

/// A connection for published messages.
///
/// Messages are delivered on `eventLoop`, in the order the server sent them, by a plain call: no task, no queue; the
/// callback must not block. Whatever is subscribed stays wanted until `unsubscribe` and is subscribed again after a
/// loss. Messages published meanwhile are gone: `onEvent` tells when that time begins and when it has ended.
public final class RedisSubscriber: Sendable {
    public let eventLoop: any EventLoop
    private let session: NIOLoopBoundBox<SubscriberSession>

    init(
        _ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger,
        onEvent: @escaping @Sendable (RedisSubscriberEvent) -> Void,
        onMessage: @escaping @Sendable (RedisMessage) -> Void
    ) {
        self.eventLoop = eventLoop
        let link = Link(configuration, on: eventLoop, logger: logger)
        session = .makeBoxSendingValue(
            SubscriberSession(link, configuration, onMessage: onMessage, onEvent: onEvent), eventLoop: eventLoop)
        eventLoop.execute { [session] in session.value.start() }
    }

    deinit {
        close()
    }

    /// Subscribes and waits until the server has confirmed all of it.
    ///
    /// The subscriptions are wanted from the call on, whatever happens: an error that `isUnavailable`, or a
    /// cancellation, says that the confirmation did not come (yet). Only a refusal by the server (`.server`) and
    /// `unsubscribe` withdraw them.
    public func subscribe(_ subscriptions: [RedisSubscription]) async throws {
        let waiter = Waiter()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                waiter.wait(continuation)
                subscribe(subscriptions) { waiter.finish($0.mapError { $0 }) }
            }
        } onCancel: {
            waiter.finish(.failure(CancellationError()))
        }
    }

    public func subscribe(_ subscriptions: RedisSubscription...) async throws {
        try await subscribe(subscriptions)
    }

    /// Subscribes from code that cannot wait; `completion` is called once, on `eventLoop`.
    public func subscribe(
        _ subscriptions: [RedisSubscription], completion: @escaping @Sendable (Result<Void, RedisError>) -> Void
    ) {
        onLoop { $0.want(subscriptions, completion) }
    }

    /// Withdraws subscriptions. A message already on its way may still be delivered.
    public func unsubscribe(_ subscriptions: [RedisSubscription]) {
        onLoop { $0.unwant(subscriptions) }
    }

    public func unsubscribe(_ subscriptions: RedisSubscription...) {
        unsubscribe(subscriptions)
    }

    /// Disconnects for good. Neither messages nor events follow once it has taken effect on `eventLoop`.
    public func close() {
        onLoop { $0.close() }
    }

    private func onLoop(_ body: @escaping @Sendable (SubscriberSession) -> Void) {
        let session = session
        if eventLoop.inEventLoop { body(session.value) } else { eventLoop.execute { body(session.value) } }
    }
}

extension RedisClient {
    /// Opens a connection for published messages, at once.
    ///
    /// Both callbacks are called on the subscriber's event loop: `eventLoop`, or one of the client's.
    public func subscriber(
        on eventLoop: (any EventLoop)? = nil, onEvent: @escaping @Sendable (RedisSubscriberEvent) -> Void = { _ in },
        onMessage: @escaping @Sendable (RedisMessage) -> Void
    ) -> RedisSubscriber {
        RedisSubscriber(
            configuration, on: eventLoop ?? eventLoopGroup.next(), logger: logger, onEvent: onEvent,
            onMessage: onMessage)
    }
}

/// A continuation that a confirmation and a cancellation race for.
private final class Waiter: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Void, any Error>)
        case finished(Result<Void, any Error>)
    }

    private let state = Mutex(State.new)

    func wait(_ continuation: CheckedContinuation<Void, any Error>) {
        let early = state.withLock { state -> Result<Void, any Error>? in
            if case .finished(let result) = state { return result }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    func finish(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            switch state {
            case .new: state = .finished(result)
            case .finished: break
            case .waiting(let continuation):
                state = .finished(result)
                return continuation
            }
            return nil
        }
        waiting?.resume(with: result)
    }
}
