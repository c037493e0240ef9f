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
    private typealias Reader = AsyncStream<PostgresNotification>.Continuation

    private struct State {
        var table = ListenTable<Reader>()
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
        enum Next { case finish, start, converse(Lease), wait }
        let (id, next) = state.withLock { state -> (UInt64, Next) in
            if state.isClosed { return (0, .finish) }
            let (id, isListening) = state.table.add(reader, to: channel)
            // Under the lock, so that it comes before any message.
            if isListening { reader.yield(.listening) }
            if let lease = state.lease { return (id, .converse(lease)) }
            if state.isRunning { return (id, .wait) }
            state.isRunning = true
            return (id, .start)
        }
        // In a task of its own: whoever cancels a reader's task holds what waking that task takes, and readers are woken under our lock.
        reader.onTermination = { [weak self] _ in Task { self?.unsubscribe(id, from: channel) } }
        switch next {
        case .finish: reader.finish()
        case .start: Task { await run() }
        case .converse(let lease): Task { await converse(on: lease) }
        case .wait: break
        }
        return stream
    }

    func close() {
        let (readers, lease) = state.withLock { state in
            state.isClosed = true
            defer { (state.table, state.lease) = (ListenTable(), nil) }
            return (state.table.readers, state.lease)
        }
        for reader in readers { reader.finish() }
        lease?.close(PostgresError(.closed, "the client is closed"))
    }

    private func unsubscribe(_ id: UInt64, from channel: String) {
        let (lease, isLast) = state.withLock { state in
            state.table.remove(id, from: channel)
            return (state.lease, !state.table.hasReaders)
        }
        guard let lease else { return }
        if isLast {
            lease.close(PostgresError(.closed, "nobody listens"))
        } else {
            Task { await converse(on: lease) }
        }
    }

    /// Keeps a connection while there are readers.
    private func run() async {
        var backoff = Backoff.connecting
        while let lease = connect() {
            if await converse(on: lease) { backoff.reset() }
            await lease.ended()
            state.withLock { state in
                guard state.lease === lease else { return }
                state.lease = nil
                state.table.disconnected()
            }
            // Before the next try to connect, longer after each that failed.
            try? await Task.sleep(for: backoff.next())
        }
    }

    /// Nil, and the end of `run`, when nobody listens.
    private func connect() -> Lease? {
        state.withLock { state in
            guard state.table.hasReaders else {
                state.isRunning = false
                return nil
            }
            let lease = Lease(settings, queue: RequestQueue(configuration)) { [weak self] channel, payload in
                self?.deliver(payload, to: channel)
            }
            state.lease = lease
            return lease
        }
    }

    /// Tells the server what is wanted, command by command, until all is; whoever comes while that goes on is served by
    /// the one who is at it. False, and the connection's end, when the server does not do it.
    @discardableResult
    private func converse(on lease: Lease) async -> Bool {
        while let command = state.withLock({ $0.lease === lease ? $0.table.next() : nil }) {
            do {
                _ = try await lease.query(command.sql)
            } catch {
                settings.logger.debug("LISTEN failed", metadata: ["error": "\(error)"])
                lease.close(PostgresError(.connectionLost, "LISTEN failed"))
                return false
            }
            state.withLock { state in
                guard state.lease === lease else { return }
                for reader in state.table.done() { reader.yield(.listening) }
            }
        }
        return true
    }

    private func deliver(_ payload: String, to channel: String) {
        state.withLock { state in
            let (untold, all) = state.table.notified(channel)
            for reader in untold { reader.yield(.listening) }
            for reader in all { reader.yield(.message(payload)) }
        }
    }
}

extension ListenTable.Command {
    var sql: SQL {
        switch self {
        case .listen(let channel): "LISTEN \(identifier: channel)"
        case .unlisten(let channel): "UNLISTEN \(identifier: channel)"
        }
    }
}
