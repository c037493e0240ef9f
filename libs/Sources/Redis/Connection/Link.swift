internal import Logging
internal import NIOCore

/// Keeps one connection up: opens it when first asked, and again whenever it is lost, with growing pauses.
///
/// Everything here happens on `eventLoop`; `onEvent` is called there too.
final class Link {
    enum Event {
        /// Usable from now on. The handlers of the owner belong into the channel's pipeline right now.
        case up(any Channel)
        /// It broke; the next attempt follows within milliseconds.
        case lost(RedisError)
        /// An attempt failed; the next follows after a pause.
        case failed(RedisError)
    }

    private enum State {
        case idle
        case connecting
        case up(any Channel)
        case waiting(Scheduled<Void>)
        case closed
    }

    let eventLoop: any EventLoop
    var onEvent: (Event) -> Void = { _ in }
    private let connector: Connector
    private let logger: Logger
    private var state = State.idle
    private var failures = 0

    init(_ connector: Connector, logger: Logger) {
        self.connector = connector
        self.eventLoop = connector.eventLoop
        self.logger = logger
    }

    /// Starts the first attempt; without effect later.
    func open() {
        if case .idle = state { connect() }
    }

    /// Ends it for good; no event follows but the owner's handlers are removed with the channel.
    func close() {
        let last = state
        state = .closed
        switch last {
        case .up(let channel): channel.close(promise: nil)
        case .waiting(let retry): retry.cancel()
        case .idle, .connecting, .closed: break
        }
    }

    private func connect() {
        state = .connecting
        connector.connect().assumeIsolated().whenComplete { [self] result in
            switch (result, state) {
            case (.success(let channel), .connecting): succeeded(channel)
            case (.success(let channel), _): channel.close(promise: nil)
            case (.failure(let error), .connecting): attemptFailed(error as? RedisError ?? .unavailable("\(error)"))
            case (.failure, _): break
            }
        }
    }

    private func succeeded(_ channel: any Channel) {
        guard channel.isActive else { return attemptFailed(.unavailable("the server closed the connection")) }
        state = .up(channel)
        if failures > 0 { logger.notice("Redis is back") }
        failures = 0
        onEvent(.up(channel))
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in lost() }
    }

    private func lost() {
        guard case .up = state else { return }
        failures = 1
        logger.warning("Redis connection lost")
        wait(connector.configuration.backoff.delayAfterLoss())
        onEvent(.lost(.unavailable("the connection was lost")))
    }

    private func attemptFailed(_ error: RedisError) {
        failures += 1
        if failures <= 2 || failures.isMultiple(of: 20) {
            logger.warning("Redis cannot be reached", metadata: ["error": "\(error)", "attempts": "\(failures)"])
        }
        wait(connector.configuration.backoff.delay(afterFailures: failures))
        onEvent(.failed(error))
    }

    private func wait(_ delay: TimeAmount) {
        let retry = eventLoop.assumeIsolated().scheduleTask(in: delay) { [self] in
            if case .waiting = state { connect() }
        }
        state = .waiting(retry)
    }
}
