internal import DequeModule

/// What is wanted, what the server has confirmed, and the one command a subscription may have under way.
///
/// Wishes may change faster than the server answers: each subscription has at most one command under way, and only
/// its confirmation decides whether another is needed. Pure bookkeeping, without a connection.
struct SubscriptionTable {
    /// A SUBSCRIBE or UNSUBSCRIBE of one kind for several names, answered once for each.
    struct Request: Equatable {
        var isSubscribe: Bool
        var subscriptions: [RedisSubscription]
    }

    typealias Waiter = (Result<Void, RedisError>) -> Void

    private struct Record {
        var isWanted = false
        var isActive = false
        var isUnderWay = false
        var waiters: [Waiter] = []
    }

    /// The server reads a command whole; more names than this go into several.
    private static let namesInRequest = 512

    private var records: [RedisSubscription: Record] = [:]
    private var dirty: [RedisSubscription] = []
    private var underWay = Deque<Request>()
    private(set) var activeCount = 0

    var wantedCount: Int { records.values.count { $0.isWanted } }
    /// Whether all that is wanted is confirmed and nothing is under way.
    var isSettled: Bool { underWay.isEmpty && dirty.isEmpty }

    mutating func want(_ subscription: RedisSubscription, _ waiter: @escaping Waiter) {
        var record = records[subscription] ?? Record()
        record.isWanted = true
        if record.isActive && !record.isUnderWay {
            records[subscription] = record
            return waiter(.success(()))
        }
        record.waiters.append(waiter)
        records[subscription] = record
        dirty.append(subscription)
    }

    mutating func unwant(_ subscription: RedisSubscription) {
        guard var record = records[subscription] else { return }
        let waiters = record.waiters
        record.isWanted = false
        record.waiters = []
        records[subscription] = record.isActive || record.isUnderWay ? record : nil
        dirty.append(subscription)
        for waiter in waiters { waiter(.failure(.unavailable("unsubscribed before it was confirmed"))) }
    }

    /// The requests to write now, in order.
    mutating func takeRequests() -> [Request] {
        var requests: [Request] = []
        for subscription in dirty {
            guard let record = records[subscription], !record.isUnderWay, record.isWanted != record.isActive else {
                continue
            }
            records[subscription]?.isUnderWay = true
            let isSubscribe = record.isWanted
            let fits = requests.lastIndex {
                $0.isSubscribe == isSubscribe && $0.subscriptions.count < Self.namesInRequest
                    && $0.subscriptions[0].verb == subscription.verb
            }
            if let fits {
                requests[fits].subscriptions.append(subscription)
            } else {
                requests.append(Request(isSubscribe: isSubscribe, subscriptions: [subscription]))
            }
        }
        dirty = []
        underWay.append(contentsOf: requests)
        return requests
    }

    /// The server says that `subscription` is on or off. It may say off unasked, when a shard moves away.
    mutating func confirm(_ subscription: RedisSubscription, isActive: Bool) {
        if let first = underWay.first, first.isSubscribe == isActive, first.subscriptions.contains(subscription) {
            underWay[underWay.startIndex].subscriptions.removeAll { $0 == subscription }
            if underWay[underWay.startIndex].subscriptions.isEmpty { underWay.removeFirst() }
            records[subscription]?.isUnderWay = false
        }
        guard var record = records[subscription] else { return }
        if record.isActive != isActive { activeCount += isActive ? 1 : -1 }
        record.isActive = isActive
        let waiters = record.isWanted == isActive ? record.waiters : []
        if record.isWanted == isActive { record.waiters = [] } else { dirty.append(subscription) }
        records[subscription] = record.isWanted || record.isActive || record.isUnderWay ? record : nil
        for waiter in waiters { waiter(.success(())) }
    }

    /// The server refuses the oldest request: its subscriptions are not wanted any more.
    mutating func refuse(_ error: RedisError) {
        guard let request = underWay.popFirst() else { return }
        for subscription in request.subscriptions {
            guard let record = records.removeValue(forKey: subscription) else { continue }
            if record.isActive { activeCount -= 1 }
            for waiter in record.waiters { waiter(.failure(error)) }
        }
    }

    /// Nothing is active any more; what is wanted stays wanted.
    mutating func disconnect() {
        underWay = []
        activeCount = 0
        dirty = []
        for (subscription, record) in records {
            guard record.isWanted else {
                records[subscription] = nil
                continue
            }
            records[subscription]?.isActive = false
            records[subscription]?.isUnderWay = false
            dirty.append(subscription)
        }
    }

    /// Nobody need wait any longer.
    mutating func failWaiters(_ error: RedisError) {
        for (subscription, record) in records where !record.waiters.isEmpty {
            records[subscription]?.waiters = []
            for waiter in record.waiters { waiter(.failure(error)) }
        }
    }
}

extension RedisSubscription {
    var verb: String {
        switch self {
        case .channel: "SUBSCRIBE"
        case .shard: "SSUBSCRIBE"
        case .pattern: "PSUBSCRIBE"
        }
    }

    var oppositeVerb: String {
        switch self {
        case .channel: "UNSUBSCRIBE"
        case .shard: "SUNSUBSCRIBE"
        case .pattern: "PUNSUBSCRIBE"
        }
    }
}

extension SubscriptionTable.Request {
    var command: RedisCommand {
        let verb = isSubscribe ? subscriptions[0].verb : subscriptions[0].oppositeVerb
        return RedisCommand(verb, subscriptions.map(\.name))
    }
}
