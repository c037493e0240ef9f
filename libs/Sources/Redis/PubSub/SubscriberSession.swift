internal import NIOCore

/// The event loop's half of a `RedisSubscriber`: brings what the table wants onto the connection of the moment.
final class SubscriberSession {
    let link: Link
    let configuration: RedisConfiguration
    private let onMessage: @Sendable (RedisMessage) -> Void
    private let onEvent: @Sendable (RedisSubscriberEvent) -> Void
    private var table = SubscriptionTable()
    var handler: SubscriberHandler?
    /// Why there is no connection, once an attempt has failed.
    private var outage: RedisError?
    /// What the owner was told last: `true` for connected, `nil` before the first word.
    private var isConnectedAnnounced: Bool?
    private var isWriteScheduled = false
    private var keepAlive: Scheduled<Void>?
    var roleWatch: Scheduled<Void>?

    init(
        _ link: Link, _ configuration: RedisConfiguration, onMessage: @escaping @Sendable (RedisMessage) -> Void,
        onEvent: @escaping @Sendable (RedisSubscriberEvent) -> Void
    ) {
        self.link = link
        self.configuration = configuration
        self.onMessage = onMessage
        self.onEvent = onEvent
    }

    func start() {
        link.onEvent = { [self] event in
            switch event {
            case .up(let opened): connected(opened)
            case .lost(let error): disconnected(error)
            case .failed(let error): attemptFailed(error)
            }
        }
        link.open()
    }

    func want(_ subscriptions: [RedisSubscription], _ completion: @escaping (Result<Void, RedisError>) -> Void) {
        let confirmation = Confirmation(subscriptions.count, completion)
        for subscription in subscriptions { table.want(subscription, confirmation.one) }
        if let outage { table.failWaiters(outage) }
        scheduleWrite()
    }

    func unwant(_ subscriptions: [RedisSubscription]) {
        for subscription in subscriptions { table.unwant(subscription) }
        scheduleWrite()
    }

    func close() {
        keepAlive?.cancel()
        roleWatch?.cancel()
        link.onEvent = { _ in }
        link.close()
        handler = nil
        outage = .closed
        table.disconnect()
        table.failWaiters(.closed)
    }

    private func connected(_ opened: Link.Opened) {
        let channel = opened.channel
        outage = nil
        do {
            let handler = try SubscriberHandler(onMessage: onMessage) { [self] notice in
                switch notice {
                case .confirmed(let subscription, let isActive): table.confirm(subscription, isActive: isActive)
                case .refused(let error): table.refuse(error)
                }
                write()
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            self.handler = handler
        } catch {
            channel.close(promise: nil)
        }
        watch(pingSentAt: nil)
        if configuration.requiresPrimary { watchRole(of: opened.serverID) }
        write()
    }

    private func disconnected(_ error: RedisError) {
        handler = nil
        keepAlive?.cancel()
        roleWatch?.cancel()
        table.disconnect()
        announce(.disconnected(error))
    }

    private func attemptFailed(_ error: RedisError) {
        announce(.disconnected(error))
        outage = error
        table.failWaiters(error)
    }

    /// Wishes of one burst travel together.
    private func scheduleWrite() {
        guard !isWriteScheduled, handler != nil else { return }
        isWriteScheduled = true
        link.eventLoop.assumeIsolated().execute { [self] in
            isWriteScheduled = false
            write()
        }
    }

    private func write() {
        guard let handler else { return }
        handler.write(table.takeRequests().map(\.command))
        if table.isSettled { announce(.connected(resubscribed: table.activeCount)) }
    }

    /// Tells changes only.
    private func announce(_ event: RedisSubscriberEvent) {
        let isConnected = if case .connected = event { true } else { false }
        guard isConnected != isConnectedAnnounced else { return }
        isConnectedAnnounced = isConnected
        onEvent(event)
    }

    /// A subscribed connection may be silent for hours, so its peer is asked now and then, and dropped when mute.
    private func watch(pingSentAt asked: NIODeadline?) {
        keepAlive?.cancel()
        let interval = TimeAmount(configuration.keepAliveInterval)
        keepAlive = link.eventLoop.assumeIsolated().scheduleTask(in: interval) { [self] in
            guard let handler else { return }
            if let asked, handler.lastRead < asked { return handler.close() }
            guard handler.lastRead + interval <= .now() else { return watch(pingSentAt: nil) }
            handler.write([RedisCommand("PING")])
            watch(pingSentAt: .now())
        }
    }
}

/// Several confirmations told as one: success after the last, failure at the first.
private final class Confirmation {
    private var missing: Int
    private var completion: ((Result<Void, RedisError>) -> Void)?

    init(_ count: Int, _ completion: @escaping (Result<Void, RedisError>) -> Void) {
        missing = count
        self.completion = completion
        if count == 0 { finish(.success(())) }
    }

    func one(_ result: Result<Void, RedisError>) {
        missing -= 1
        if case .failure = result { finish(result) } else if missing == 0 { finish(result) }
    }

    private func finish(_ result: Result<Void, RedisError>) {
        completion?(result)
        completion = nil
    }
}
