internal import Logging
internal import Synchronization
internal import Timing

/// What a reader of a channel learns.
public enum PostgresNotification: Sendable, Hashable {
    /// Listening from here on. Whatever was sent before may have been missed.
    case listening
    /// The payload of a `NOTIFY`.
    case message(String)
}

/// Hands notifications from one connection, which exists while anybody listens, to all who do.
final class NotificationHub: Sendable {
    private typealias Readers = [UInt64: AsyncStream<PostgresNotification>.Continuation]

    private struct State {
        var channels: [String: Readers] = [:]
        var nextID: UInt64 = 0
        var isRunning = false
        var lease: Lease?
        var isClosed = false
    }

    private let configuration: PostgresConfiguration
    private let settings: ConnectionDriver.Settings
    private let state = Mutex(State())

    init(_ configuration: PostgresConfiguration, _ settings: ConnectionDriver.Settings) {
        self.configuration = configuration
        self.settings = settings
    }

    func subscribe(to channel: String) -> AsyncStream<PostgresNotification> {
        let (stream, reader) = AsyncStream.makeStream(of: PostgresNotification.self)
        enum Next { case finish, start, listen(Lease), wait }
        let (id, next) = state.withLock { state -> (UInt64, Next) in
            if state.isClosed { return (0, .finish) }
            state.nextID += 1
            state.channels[channel, default: [:]][state.nextID] = reader
            if let lease = state.lease { return (state.nextID, .listen(lease)) }
            if state.isRunning { return (state.nextID, .wait) }
            state.isRunning = true
            return (state.nextID, .start)
        }
        reader.onTermination = { [weak self] _ in self?.unsubscribe(id, from: channel) }
        switch next {
        case .finish: reader.finish()
        case .start: Task { await run() }
        case .listen(let lease): Task { await listen(to: channel, on: lease) }
        case .wait: break
        }
        return stream
    }

    func close() {
        let (channels, lease) = state.withLock { state in
            state.isClosed = true
            defer { (state.channels, state.lease) = ([:], nil) }
            return (state.channels, state.lease)
        }
        for reader in channels.values.flatMap(\.values) { reader.finish() }
        lease?.close(PostgresError(.closed, "the client is closed"))
    }

    private func unsubscribe(_ id: UInt64, from channel: String) {
        let (lease, isLast) = state.withLock { state -> (Lease?, Bool) in
            state.channels[channel]?[id] = nil
            guard state.channels[channel]?.isEmpty == true else { return (nil, false) }
            state.channels[channel] = nil
            return (state.lease, state.channels.isEmpty)
        }
        guard let lease else { return }
        if isLast {
            lease.close(PostgresError(.closed, "nobody listens"))
        } else {
            Task { _ = try? await lease.query("UNLISTEN \(identifier: channel)") }
        }
    }

    /// Keeps a connection while there are readers.
    private func run() async {
        var backoff = Backoff.connecting
        while let lease = connect() {
            var isListening = true
            for channel in channels where isListening { isListening = await listen(to: channel, on: lease) }
            if isListening { backoff.reset() } else { lease.close(PostgresError(.connectionLost, "LISTEN failed")) }
            await lease.ended()
            state.withLock { if $0.lease === lease { $0.lease = nil } }
            // Before the next try to connect, longer after each that failed.
            try? await Task.sleep(for: backoff.next())
        }
    }

    private var channels: [String] { state.withLock { Array($0.channels.keys) } }

    /// Nil, and the end of `run`, when nobody listens.
    private func connect() -> Lease? {
        state.withLock { state in
            guard !state.channels.isEmpty else {
                state.isRunning = false
                return nil
            }
            let lease = Lease(settings, queue: RequestQueue(configuration)) { [weak self] channel, payload in
                self?.deliver(.message(payload), to: channel)
            }
            state.lease = lease
            return lease
        }
    }

    @discardableResult
    private func listen(to channel: String, on lease: Lease) async -> Bool {
        do {
            _ = try await lease.query("LISTEN \(identifier: channel)")
            deliver(.listening, to: channel)
            return true
        } catch {
            settings.logger.debug("LISTEN failed", metadata: ["channel": "\(channel)", "error": "\(error)"])
            return false
        }
    }

    private func deliver(_ notification: PostgresNotification, to channel: String) {
        let readers = state.withLock { $0.channels[channel] }
        for reader in readers?.values ?? [:].values { reader.yield(notification) }
    }
}
