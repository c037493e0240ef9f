import DomainKit
import Foundation
import HTTPKit
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import PlatformTesting
import Testing

@Suite struct RateLimitTests {
    @Test(arguments: RateLimitStoreContract.all)
    func `the in-memory store keeps the contract`(promise: RateLimitStoreContract) async throws {
        let clock = SteppedClock()
        let store = InMemoryRateLimitStore { clock.now.timeIntervalSince1970 }
        try await promise.check(store) { clock.step($0) }
    }

    @Test func `full buckets are forgotten, the others kept`() async throws {
        let clock = SteppedClock()
        let store = InMemoryRateLimitStore { clock.now.timeIntervalSince1970 }
        let policy = RateLimitPolicy("p", quota: 1, per: .seconds(10))
        _ = try await store.take(1, from: policy, for: "kept")
        for number in 0..<3_000 { _ = try await store.take(0, from: policy, for: "\(number)") }
        #expect(try await !store.take(1, from: policy, for: "kept").isAllowed)
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
