internal import Logging
internal import NIOCore
internal import Timing

/// Keeps one connection up: opens it when first asked, and again whenever it is lost, with growing pauses.
///
/// Everything here happens on `eventLoop`; `onEvent` is called there too.
final class Link {
    enum Event {
        /// Usable from now on. The handlers of the owner belong into the channel's pipeline right now.
        case up(Opened)
        /// It broke; the next attempt follows within milliseconds.
        case lost(RedisError)
        /// An attempt failed; the next follows after a pause.
        case failed(RedisError)
    }

    /// A connection that was greeted.
    struct Opened: Sendable {
        let channel: any Channel
        /// Which process answered, if it says so: not what its address is, which may lead elsewhere tomorrow.
        let serverID: String?
    }

    private enum State {
        case idle
        case connecting
        case up(any Channel)
        case waiting(Scheduled<Void>)
        case closed
    }

    let configuration: RedisConfiguration
    let eventLoop: any EventLoop
    var onEvent: (Event) -> Void = { _ in }
    private let logger: Logger
    private var state = State.idle
    private var failures = 0
    private var pauses: Backoff

    init(_ configuration: RedisConfiguration, on eventLoop: any EventLoop, logger: Logger) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.logger = logger
        pauses = configuration.backoff
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
        Self.open(configuration, on: eventLoop).assumeIsolated().whenComplete { [self] result in
            switch (result, state) {
            case (.success(let opened), .connecting): succeeded(opened)
            case (.success(let opened), _): opened.channel.close(promise: nil)
            case (.failure(let error), .connecting): attemptFailed(RedisError(connecting: error))
            case (.failure, _): break
            }
        }
    }

    private func succeeded(_ opened: Opened) {
        guard opened.channel.isActive else { return attemptFailed(.unavailable("the server closed the connection")) }
        state = .up(opened.channel)
        if failures > 0 { logger.notice("Redis is back") }
        failures = 0
        pauses.reset()
        onEvent(.up(opened))
        opened.channel.closeFuture.assumeIsolated().whenComplete { [self] _ in lost() }
    }

    private func lost() {
        guard case .up = state else { return }
        failures = 1
        logger.warning("Redis connection lost")
        // Commands wait for this one attempt, so it comes soon.
        wait(configuration.backoff.first * Double.random(in: 0...0.5))
        onEvent(.lost(.unavailable("the connection was lost")))
    }

    private func attemptFailed(_ error: RedisError) {
        failures += 1
        if failures <= 2 || failures.isMultiple(of: 20) {
            logger.warning("Redis cannot be reached", metadata: ["error": "\(error)", "attempts": "\(failures)"])
        }
        wait(pauses.next())
        onEvent(.failed(error))
    }

    private func wait(_ delay: Duration) {
        let retry = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { [self] in
            if case .waiting = state { connect() }
        }
        state = .waiting(retry)
    }
}
