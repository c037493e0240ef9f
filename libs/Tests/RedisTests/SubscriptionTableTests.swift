import Synchronization
import Testing

@testable import Redis

@Suite struct SubscriptionTableTests {
    private let a = RedisSubscription.channel("a")
    private let b = RedisSubscription.channel("b")

    @Test func `wishes of one kind travel in one command`() {
        var table = SubscriptionTable()
        for subscription in [a, .shard("s"), b, .pattern("p*")] { table.want(subscription) { _ in } }
        #expect(
            table.takeRequests() == [
                .init(isSubscribe: true, subscriptions: [a, b]), .init(isSubscribe: true, subscriptions: [.shard("s")]),
                .init(isSubscribe: true, subscriptions: [.pattern("p*")]),
            ])
        #expect(table.takeRequests().isEmpty)
    }

    @Test func `thousands of names go in commands of bounded length`() {
        var table = SubscriptionTable()
        for index in 0..<1500 { table.want(.channel("\(index)")) { _ in } }
        #expect(table.takeRequests().map(\.subscriptions.count) == [512, 512, 476])
    }

    @Test func `a wish taken back while its command is under way is undone after the confirmation`() {
        var table = SubscriptionTable()
        var outcome: Result<Void, RedisError>?
        table.want(a) { outcome = $0 }
        _ = table.takeRequests()
        table.unwant(a)
        #expect(throws: RedisError.self) { try #require(outcome).get() }
        #expect(table.takeRequests().isEmpty)
        table.confirm(a, isActive: true)
        #expect(table.takeRequests() == [.init(isSubscribe: false, subscriptions: [a])])
        table.confirm(a, isActive: false)
        #expect(table.isSettled && table.activeCount == 0)
    }

    @Test func `a wish renewed before the command was written costs nothing`() {
        var table = SubscriptionTable()
        table.want(a) { _ in }
        _ = table.takeRequests()
        table.confirm(a, isActive: true)
        table.unwant(a)
        table.want(a) { _ in }
        #expect(table.takeRequests().isEmpty)
        #expect(table.activeCount == 1)
    }

    @Test func `after a loss all that is wanted is asked for again, and only that`() {
        var table = SubscriptionTable()
        for subscription in [a, b, .shard("gone")] { table.want(subscription) { _ in } }
        _ = table.takeRequests()
        for subscription in [a, b, .shard("gone")] { table.confirm(subscription, isActive: true) }
        table.unwant(.shard("gone"))
        table.disconnect()
        let requests = table.takeRequests()
        #expect(requests.count == 1 && Set(requests[0].subscriptions) == [a, b])
        #expect(!table.isSettled)
        table.confirm(a, isActive: true)
        table.confirm(b, isActive: true)
        #expect(table.isSettled && table.activeCount == 2)
    }

    @Test func `a refusal withdraws the oldest request and tells its waiters`() {
        var table = SubscriptionTable()
        var outcome: Result<Void, RedisError>?
        table.want(a) { outcome = $0 }
        _ = table.takeRequests()
        table.want(b) { _ in }
        _ = table.takeRequests()
        table.refuse(.server(RedisServerError("NOPERM no")))
        #expect(throws: RedisError.server(RedisServerError("NOPERM no"))) { try #require(outcome).get() }
        table.confirm(b, isActive: true)
        #expect(table.isSettled && table.activeCount == 1 && table.wantedCount == 1)
    }

    @Test func `a shard that moved away is asked for again`() {
        var table = SubscriptionTable()
        table.want(.shard("s")) { _ in }
        _ = table.takeRequests()
        table.confirm(.shard("s"), isActive: true)
        table.confirm(.shard("s"), isActive: false)
        #expect(table.takeRequests() == [.init(isSubscribe: true, subscriptions: [.shard("s")])])
    }
}
