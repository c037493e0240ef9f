import DomainKit
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing

@testable import HTTPKit

@Suite struct RateLimitTests {
    @Test(arguments: RateLimitStoreContract.all)
    func `the in-memory store keeps the contract`(promise: RateLimitStoreContract) async throws {
        let clock = TestClock()
        let store = InMemoryRateLimitStore { clock.now.timeIntervalSince1970 }
        try await promise.check(store) { clock.advance(by: $0) }
    }

    @Test func `full buckets are forgotten, the others kept`() async throws {
        let clock = TestClock()
        let store = InMemoryRateLimitStore { clock.now.timeIntervalSince1970 }
        let policy = RateLimitPolicy("p", quota: 1, per: .seconds(10))
        _ = try await store.take(1, from: policy, for: "kept")
        for number in 0..<3_000 { _ = try await store.take(0, from: policy, for: "\(number)") }
        #expect(store.count < 1_500)
        #expect(try await !store.take(1, from: policy, for: "kept").isAllowed)
    }

    @Test(arguments: [Int.min, -1, 0, 1, .max - 1, .max])
    func `no quota, cost, window or clock is too much for a bucket`(extreme: Int) {
        for window in [Duration.seconds(Int64.min), .zero, .nanoseconds(1), .seconds(Int64.max)] {
            let policy = RateLimitPolicy("p", quota: extreme, per: window)
            for now in [0, -1e300, 1e300, .infinity, -.infinity, .nan] as [Double] {
                var bucket = TokenBucket(policy, at: 0)
                for cost in [1, extreme] {
                    let decision = bucket.take(cost, by: policy, at: now)
                    #expect(decision.remaining >= 0 && decision.retryAfter >= .zero && decision.resetAfter >= .zero)
                    #expect(!policy.fields(decision).isEmpty)
                }
            }
        }
        let slow = Failure(.rateLimited, code: "x", message: "x", retryAfter: .seconds(Int64.max) + .milliseconds(1))
        #expect(Problem(slow, instance: "", requestID: "").response().headers[.retryAfter] == "\(Int64.max)")
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("unknown", "unknown"), ("a:b", "a:b"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:DB8:1:2::", "2001:db8:1:2::/64"), ("::1", "0:0:0:0::/64"),
        ("fe80::1%eth0", "fe80:0:0:0::/64"),
    ])
    func `who has a network of 2^64 addresses is one caller`(address: String, network: String) async throws {
        let application = edgeApplication(EdgeOptions(trustedProxies: 1)) { router in
            router.get("/") { _, context in EchoBody(text: context.clientNetwork).ok }
        }
        try await application.test(.router) { client in
            try await client.execute(uri: "/", method: .get, headers: [.xForwardedFor: address]) {
                #expect($0.text == #"{"text":"\#(network.replacing("/", with: "/"))"}"#)
            }
        }
    }

    @Test func `another address of the same network takes from the same bucket`() async throws {
        let application = edgeApplication(EdgeOptions(trustedProxies: 1)) { router in
            let policy = RateLimitPolicy("p", quota: 1, per: .seconds(60))
            router.group().add(middleware: RateLimitMiddleware(policy, store: InMemoryRateLimitStore { 0 }))
                .get("/") { _, _ in EchoBody(text: "").ok }
        }
        let statuses = try await application.test(.router) { client in
            var statuses: [Int] = []
            for address in ["2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"] {
                statuses.append(
                    try await client.execute(uri: "/", method: .get, headers: [.xForwardedFor: address]) {
                        $0.status.code
                    })
            }
            return statuses
        }
        #expect(statuses == [200, 429, 200])
    }

    private let application = edgeApplication { router in
        let policy = RateLimitPolicy("sign-in", quota: 2, per: .seconds(60))
        let group = router.group().add(middleware: TestCaller())
            .add(middleware: RateLimitMiddleware(policy, store: InMemoryRateLimitStore { 0 }))
        group.get("/ok") { _, _ in EchoBody(text: "ok").ok }
        group.get("/fails") { _, _ -> Response in throw Failure(.conflict, code: "test.no", message: "No.") }
    }

    @Test func `answers tell what is left, and beyond the quota there is a 429`() async throws {
        try await application.test(.router) { client in
            try await client.execute(uri: "/ok", method: .get) { response in
                #expect(response.status == .ok)
                #expect(response.headers[.rateLimitPolicy] == "\"sign-in\";q=2;w=60")
                #expect(response.headers[.rateLimit] == "\"sign-in\";r=1;t=30")
            }
            try await client.execute(uri: "/fails", method: .get) { response in
                #expect(response.status == .conflict)
                #expect(response.headers[.rateLimit] == "\"sign-in\";r=0;t=60")
            }
            try await client.execute(uri: "/ok", method: .get) { response in
                #expect(response.status == .tooManyRequests)
                #expect(response.headers[.retryAfter] == "30")
                #expect(response.headers[.rateLimit] == "\"sign-in\";r=0;t=60")
                let problem = try response.problem()
                #expect(problem.code == "platform.rate-limited")
            }
            try await client.execute(uri: "/ok", method: .get, headers: [HTTPField.Name("X-Caller")!: "b"]) {
                #expect($0.status == .ok)
            }
        }
    }

    @Test func `a store that is away closes the route`() async throws {
        struct Away: RateLimitStore {
            func take(_ cost: Int, from policy: RateLimitPolicy, for key: String) async throws -> RateLimitDecision {
                throw Failure.unavailable("redis")
            }
        }
        let application = edgeApplication { router in
            router.group().add(
                middleware: RateLimitMiddleware(RateLimitPolicy("p", quota: 1, per: .seconds(1)), store: Away())
            ).get("/") { _, _ in EchoBody(text: "").ok }
        }
        try await application.test(.router) { client in
            try await client.execute(uri: "/", method: .get) { #expect($0.status == .serviceUnavailable) }
        }
    }
}
