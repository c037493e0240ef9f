import Foundation
public import HTTPKit

/// What every `RateLimitLeases` must do, run on the in-memory twin and on the real ones.
public struct RateLimitLeaseContract: Sendable, CustomStringConvertible {
    public let name: String
    private let body:
        @Sendable (any RateLimitLeases, RateLimitPolicy, RateLimitStoreContract.Advance) async throws -> Void

    public var description: String { name }

    /// Fails: `ContractViolation`, or what the store threw. Uses a policy of its own: 100 in 1,000 seconds.
    public func check(
        _ store: any RateLimitLeases, advance: @escaping RateLimitStoreContract.Advance
    ) async throws {
        try await body(store, RateLimitPolicy(UUID().uuidString, quota: 100, per: .seconds(1_000)), advance)
    }

    public static let all: [RateLimitLeaseContract] = [
        RateLimitLeaseContract(name: "gives out the quota in portions and no more") { store, policy, _ in
            for _ in 0..<3 { try hold("a portion", try await store.next(30, UUID(), policy), equals: 30) }
            try hold("what is left", try await store.next(30, UUID(), policy), equals: 10)
            let claim = RateLimitClaim(key: "a", holder: UUID())
            let none = try await store.lease(30, for: life, from: policy, to: [claim])[0]
            try hold("nothing beyond it", none.tokens, equals: 0)
            try hold("says when to come again", none.retryAfter > .zero && none.retryAfter <= .seconds(10), none)
            try hold("another key has its own", try await store.next(30, UUID(), policy, key: "b"), equals: 30)
        },
        RateLimitLeaseContract(name: "serves many at once, one after the other") { store, policy, _ in
            try hold("none asked, none given", try await store.lease(30, for: life, from: policy, to: []), equals: [])
            let claims = ["a", "b", "a", "a", "a"].map { RateLimitClaim(key: $0, holder: UUID()) }
            let leases = try await store.lease(30, for: life, from: policy, to: claims)
            try hold("each its own", leases.map(\.tokens), equals: [30, 30, 30, 30, 10])
            try hold("and what is left of it", leases.map(\.remaining), equals: [70, 70, 40, 10, 0])
        },
        RateLimitLeaseContract(name: "takes back what was not spent, from who holds it and no more") {
            store, policy, _ in
            let (one, other) = (UUID(), UUID())
            try hold("taken", try await store.next(60, one, policy), equals: 60)
            try hold("the rest", try await store.next(60, other, policy), equals: 40)
            try hold("its own again", try await store.next(60, one, policy, returning: 25), equals: 25)
            try hold("not more than it holds", try await store.next(100, one, policy, returning: 100), equals: 25)
            try hold("nor what others hold", try await store.next(100, UUID(), policy, returning: 40), equals: 0)
            try hold("given back for good", try await store.next(0, other, policy, returning: 40), equals: 0)
            try hold("and there for others", try await store.next(100, UUID(), policy), equals: 40)
        },
        RateLimitLeaseContract(name: "what is held does not fill up beside") { store, policy, advance in
            let holder = UUID()
            try hold("held", try await store.next(60, holder, policy), equals: 60)
            try await advance(.seconds(500))
            let most = try await store.next(100, UUID(), policy)
            try hold("together they are the quota", most, equals: 40)
            try hold(
                "unspent, and still the quota", try await store.next(100, holder, policy, returning: 60), equals: 60)
        },
        RateLimitLeaseContract(name: "what nobody gives back is spent, and fills up from its end on") {
            store, policy, advance in
            let holder = UUID()
            try hold("all of it", try await store.next(100, holder, policy), equals: 100)
            try await advance(.seconds(900))
            try hold("nothing while it is held", try await store.next(100, UUID(), policy), equals: 0)
            try await advance(.seconds(101))
            let late = try await store.next(100, holder, policy, returning: 100)
            try hold("too late to be given back", late <= 11, late)
            try await advance(.seconds(2_000))
            try hold("full in the end", try await store.next(100, UUID(), policy), equals: 100)
        },
        RateLimitLeaseContract(name: "of fifty at once gives out exactly the quota") { store, policy, _ in
            let given = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await store.next(7, UUID(), policy) } }
                return try await group.reduce(0) { $0 + $1 }
            }
            // A slow real store may see some come back on the way.
            try hold("the quota", (100...103).contains(given), given)
        },
    ]

    private static let life = Duration.seconds(1_000)
}

extension RateLimitLeases {
    fileprivate func next(
        _ most: Int, _ holder: UUID, _ policy: RateLimitPolicy, key: String = "a", returning unspent: Int = 0
    ) async throws -> Int {
        let claim = RateLimitClaim(key: key, holder: holder, unspent: unspent)
        return try await lease(most, for: .seconds(1_000), from: policy, to: [claim])[0].tokens
    }
}
