import DomainKit
import Foundation
import PlatformTesting
import Synchronization
import Testing

@testable import HTTPKit

@Suite struct LeasedRateLimitTests {
    let clock = TestClock()
    let store: CountedLeases

    init() {
        let clock = clock
        store = CountedLeases(InMemoryRateLimitStore { clock.now.timeIntervalSince1970 })
    }

    /// As a process of its own has it.
    func limit(
        _ quota: Int, per window: Duration = .seconds(60), whenAway: RateLimitPolicy.WhenAway = .closed
    ) -> LeasedRateLimit {
        let clock = clock
        let policy = RateLimitPolicy("p", quota: quota, per: window, whenAway: whenAway)
        return LeasedRateLimit(policy, store: store) {
            UInt64(clock.now.timeIntervalSince1970 * 1e9)
        }
    }

    func pass(_ limit: LeasedRateLimit, _ count: Int, key: String = "a") async throws -> Int {
        var passed = 0
        for _ in 0..<count where try await limit.account(of: key).take().isAllowed { passed += 1 }
        return passed
    }

    @Test(arguments: RateLimitLeaseContract.all)
    func `the in-memory store keeps the contract`(promise: RateLimitLeaseContract) async throws {
        let clock = TestClock()
        let store = InMemoryRateLimitStore { clock.now.timeIntervalSince1970 }
        try await promise.check(store) { clock.advance(by: $0) }
    }

    @Test(arguments: [1, 3, 19, 20, 100, 1_000])
    func `one process passes the quota to the last token, and no more`(quota: Int) async throws {
        #expect(try await pass(limit(quota), quota + 50) == quota)
        let refused = try await limit(quota).account(of: "a").take()
        #expect(!refused.isAllowed && refused.remaining == 0 && refused.retryAfter > .zero)
    }

    @Test(arguments: [1, 3, 19, 20, 100, 1_000])
    func `what is lent is paid back, so that the quota stays what it is`(quota: Int) async throws {
        let limit = limit(quota, whenAway: .countedHere)
        #expect(limit.account(of: "a").takeHeld()?.isAllowed == true, "nobody was asked yet")
        #expect(try await pass(limit, quota + 50) == quota - 1)
    }

    @Test func `who speaks now and then never waits, and one call does for many of them`() async throws {
        let limit = limit(100, whenAway: .countedHere)
        for minute in 1...3 {
            for key in 0..<50 { #expect(limit.account(of: "\(key)").takeHeld()?.isAllowed == true) }
            try await until("portions came") { (0..<50).allSatisfy { !limit.account(of: "\($0)").isAsking } }
            #expect(store.calls.load(ordering: .relaxed) == minute)
            clock.advance(by: .seconds(61))
        }
    }

    @Test func `one is lent and no second before it is paid back, nor to who is refused`() async throws {
        let (spender, other) = (limit(100, whenAway: .countedHere), limit(100, whenAway: .countedHere))
        #expect(try await pass(spender, 150) == 100)
        let account = other.account(of: "a")
        #expect(account.takeHeld()?.isAllowed == true)
        #expect(account.takeHeld() == nil, "what is asked for is waited for")
        #expect(try await !account.take().isAllowed)
        // Three tokens come back, of which one is paid.
        clock.advance(by: .milliseconds(1_900))
        #expect(try await pass(other, 10) == 2)
    }

    @Test func `a debt ends with the window, in which a bucket fills up by itself`() async throws {
        let limit = limit(100, whenAway: .countedHere)
        store.isAway.store(true, ordering: .relaxed)
        #expect(limit.account(of: "a").takeHeld()?.isAllowed == true)
        try await until("nobody answered") { !limit.account(of: "a").isAsking }
        #expect(limit.account(of: "a").takeHeld() == nil)
        clock.advance(by: .seconds(60))
        #expect(limit.account(of: "a").takeHeld()?.isAllowed == true)
    }

    @Test func `few calls do for many, and none for what is refused`() async throws {
        let limit = limit(100)
        #expect(try await pass(limit, 100) == 100)
        #expect(store.calls.load(ordering: .relaxed) <= 14)
        _ = try await pass(limit, 1)
        let before = store.calls.load(ordering: .relaxed)
        #expect(try await pass(limit, 1_000) == 0)
        #expect(store.calls.load(ordering: .relaxed) == before)
    }

    @Test func `processes together pass no more than the quota, however they hold back`() async throws {
        let limits = (0..<4).map { _ in limit(1_000, per: .seconds(1_000)) }
        var passed = 0
        for round in 0..<40 {
            passed += try await withThrowingTaskGroup(of: Int.self) { group in
                for (number, limit) in limits.enumerated() {
                    group.addTask { try await pass(limit, (round * 7 + number * 3) % 13) }
                }
                return try await group.reduce(0) { $0 + $1 }
            }
            clock.advance(by: .seconds(1))
        }
        for limit in limits { passed += try await pass(limit, 1_000) }
        // What came back in 40 seconds is 40.
        #expect((1_000...1_040).contains(passed))
    }

    @Test func `what was held for long is no token more`() async throws {
        let (hoarder, other) = (limit(100), limit(100))
        #expect(try await pass(hoarder, 1) == 1)
        clock.advance(by: .seconds(59))
        #expect(try await pass(other, 200) + pass(hoarder, 200) <= 101)
        clock.advance(by: .seconds(120))
        #expect(try await pass(other, 200) + pass(hoarder, 200) == 100)
    }

    @Test func `a portion is not spent after its time`() async throws {
        let limit = limit(100)
        #expect(try await pass(limit, 1) == 1)
        clock.advance(by: .seconds(61))
        #expect(limit.account(of: "a").takeHeld() == nil)
    }

    @Test func `a slow speaker costs a call in many times, and never waits for it`() async throws {
        let account = limit(120).account(of: "a")
        _ = try await account.take()
        for _ in 0..<600 {
            clock.advance(by: .seconds(1))
            #expect(account.takeHeld()?.isAllowed == true)
            // What was asked ahead has come.
            try await until("the portion is there") { !account.isAsking }
        }
        #expect(store.calls.load(ordering: .relaxed) < 100)
    }

    @Test func `taking meanwhile what was given back is counted`() async throws {
        let limit = limit(100, per: .seconds(1_000))
        let account = limit.account(of: "a")
        for _ in 0..<7 { _ = try await account.take() }
        store.hold()
        // Asks ahead here, and goes on spending while it is asked.
        for _ in 0..<3 { #expect(account.takeHeld()?.isAllowed == true) }
        #expect(account.takeHeld() == nil)
        store.release()
        #expect(try await pass(limit, 200) == 90)
    }

    @Test func `when the store is away a closed limit is unavailable, and later it is not`() async throws {
        let limit = limit(100)
        store.isAway.store(true, ordering: .relaxed)
        let failure = await #expect(throws: Failure.self) { try await limit.account(of: "a").take() }
        #expect(failure?.kind == .unavailable)
        store.isAway.store(false, ordering: .relaxed)
        #expect(try await pass(limit, 101) == 100)
    }

    @Test func `accounts that hold nothing are forgotten, the others kept`() async throws {
        let limit = limit(10)
        _ = try await pass(limit, 11, key: "kept")
        for number in 0..<3_000 {
            _ = limit.account(of: "\(number)")
        }
        #expect(limit.count < 1_500)
        #expect(limit.account(of: "kept").takeHeld()?.isAllowed == false)
    }

    @Test(arguments: [Int.min, 0, 1, .max])
    func `no quota, window or clock is too much`(extreme: Int) async throws {
        for window in [Duration.zero, .seconds(Int64.max)] {
            let policy = RateLimitPolicy("p", quota: extreme, per: window)
            for now in [0, -1e300, 1e300, .infinity, -.infinity, .nan] as [Double] {
                var bucket = LeasedBucket(policy, at: 0)
                for amount in [extreme, 1, -1] {
                    let lease = bucket.lease(
                        amount, for: window, returning: amount, by: UUID(), from: policy, at: now)
                    #expect(lease.tokens >= 0 && lease.remaining >= 0 && lease.retryAfter >= .zero)
                }
            }
            for now in [UInt64.min, .max] {
                let account = LeasedRateLimit(policy, store: InMemoryRateLimitStore()) { now }.account(of: "a")
                let decision = try? await account.take()
                #expect((decision?.remaining ?? 0) >= 0)
            }
        }
    }
}

/// Counts what it is asked, and waits or is away when it is told to.
final class CountedLeases: RateLimitLeases {
    let calls = Atomic(0)
    let isAway = Atomic(false)
    private let store: InMemoryRateLimitStore
    private let gate = Mutex<AsyncStream<Never>?>(nil)
    private let opening = Mutex<AsyncStream<Never>.Continuation?>(nil)

    init(_ store: InMemoryRateLimitStore) { self.store = store }

    func hold() {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        gate.withLock { $0 = stream }
        opening.withLock { $0 = continuation }
    }

    func release() {
        gate.withLock { $0 = nil }
        opening.withLock { $0 }?.finish()
    }

    func lease(
        _ most: Int, for life: Duration, from policy: RateLimitPolicy, to claims: [RateLimitClaim]
    ) async throws -> [RateLimitLease] {
        calls.add(1, ordering: .relaxed)
        if let gate = gate.withLock({ $0 }) { for await _ in gate {} }
        if isAway.load(ordering: .relaxed) { throw Failure.unavailable("store") }
        return try await store.lease(most, for: life, from: policy, to: claims)
    }
}
