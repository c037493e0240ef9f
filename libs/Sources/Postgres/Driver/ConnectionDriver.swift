import Foundation
internal import Logging
internal import Synchronization
internal import Timing

/// One connection and the thread it lives on.
///
/// Why a thread per connection: libpq's connect (name look-up, several hosts, TLS, `target_session_attrs`) and some of
/// its other calls block, and a thread of its own can afford that; the results are read where the socket woke it and
/// waiting tasks are resumed from there, so a statement costs no hop through an event loop or an actor; and while
/// replies are handed out, new requests pile up and leave together. A process has a handful of them, mostly asleep.
///
/// `@unchecked Sendable`: all `var`s belong to the thread; everything else is immutable or made for sharing.
final class ConnectionDriver: @unchecked Sendable {
    struct Settings: Sendable {
        var parameters: ConnectionParameters
        var statementCacheSize: Int
        /// When a request has been with the server for this long, the connection is taken for dead.
        var responseTimeout: Duration?
        /// After so long a silence the server is asked whether it is there.
        var silenceTimeout: Duration?
        /// A shared connection is made anew for ever; a leased one ends with its first loss, and its state with it.
        var reconnects: Bool
        var logger: Logger
        /// The same for all connections of a client.
        let reach = ServerReach()
    }

    let settings: Settings
    let poller = Poller()
    private let queue: RequestQueue
    let onNotification: (@Sendable (_ channel: String, _ payload: String) -> Void)?
    /// The server at the other end was found to be silent.
    private let isGivenUpOn = Atomic<Bool>(false)

    private var seat = 0
    private var backoff = Backoff.connecting

    init(
        _ settings: Settings, queue: RequestQueue,
        onNotification: (@Sendable (_ channel: String, _ payload: String) -> Void)? = nil
    ) {
        self.settings = settings
        self.queue = queue
        self.onNotification = onNotification
    }

    func start() {
        seat = queue.join(self)
        let thread = Thread { self.live() }
        thread.name = "postgres"
        thread.stackSize = 512 * 1_024
        thread.start()
    }

    /// From any thread.
    func wake() {
        poller.wake()
    }

    /// From any thread: its connection leads to a server that answers nobody.
    func giveUp() {
        isGivenUpOn.store(true, ordering: .releasing)
        wake()
    }

    var isGivenUp: Bool { isGivenUpOn.load(ordering: .acquiring) }

    // MARK: The thread

    private func live() {
        while waitForDemand() {
            guard let pipeline = connect() else { continue }
            switch DriverSession(self, pipeline, queue: queue, seat: seat).run() {
            case .lost(let error): queue.isDisconnected(seat, error: error)
            case .retired: queue.isRetired(seat)
            case .wanted: break
            }
            if !settings.reconnects { queue.close(PostgresError(.connectionLost, "the connection was lost")) }
        }
        queue.leave(seat)
    }

    /// Sleeps without a connection until there is something to send. False at the end.
    private func waitForDemand() -> Bool {
        while true {
            switch queue.rest(seat, isFull: false) {
            case .leave: return false
            case .look: return true
            case .sleep:
                _ = poller.wait(atMost: nil)
                queue.awake(seat)
            }
        }
    }

    private func connect() -> Pipeline? {
        do {
            isGivenUpOn.store(false, ordering: .releasing)
            let connection = try LibPQConnection.connect(settings.parameters.pairs)
            let pipeline = Pipeline(
                connection, cacheSize: settings.statementCacheSize, isShared: settings.reconnects)
            backoff.reset()
            if settings.reach.isFound() { settings.logger.notice("PostgreSQL is back") }
            queue.isConnected(seat, to: pipeline.address.map(\.value).joined(separator: " "))
            return pipeline
        } catch {
            if settings.reach.isLost() {
                settings.logger.warning("PostgreSQL cannot be reached", metadata: ["error": "\(error.message)"])
            }
            queue.isDisconnected(seat, error: error)
            pause(backoff.next().wholeNanoseconds)
            return nil
        }
    }

    /// Waits for a new try, or for the end.
    private func pause(_ nanoseconds: Nanoseconds) {
        let end = Monotonic.now + nanoseconds
        while case let now = Monotonic.now, now < end, !queue.isEnding { _ = poller.wait(atMost: end - now) }
    }
}

extension Backoff {
    /// Between tries to connect.
    static var connecting: Backoff { Backoff(first: .milliseconds(20), longest: .milliseconds(500)) }
}
