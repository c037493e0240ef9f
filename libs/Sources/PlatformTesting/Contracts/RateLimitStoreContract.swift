import Foundation
public import HTTPKit

/// What every `RateLimitStore` must do, run on the in-memory twin and on the real ones.
public struct RateLimitStoreContract: Sendable, CustomStringConvertible {
    public let name: String
    private let body: @Sendable (any RateLimitStore, RateLimitPolicy, Advance) async throws -> Void

    /// Lets the store's clock pass.
    public typealias Advance = @Sendable (Duration) async throws -> Void

    public var description: String { name }

    /// Fails: `ContractViolation`, or what the store threw. Uses a policy of its own: 4 in 2 seconds.
    public func check(_ store: any RateLimitStore, advance: @escaping Advance) async throws {
        try await body(store, RateLimitPolicy(UUID().uuidString, quota: 4, per: .seconds(2)), advance)
    }

    public static let all: [RateLimitStoreContract] = [
        RateLimitStoreContract(name: "lets the quota through and no more") { store, policy, _ in
            for left in [3, 2, 1, 0] {
                let decision = try await store.take(1, from: policy, for: "a")
                try hold("the quota is let through", decision.isAllowed, decision)
                try hold("it counts down", decision.remaining, equals: left)
            }
            let beyond = try await store.take(1, from: policy, for: "a")
            try hold("nothing beyond it", !beyond.isAllowed, beyond)
            try hold("says when to come again", beyond.retryAfter > .zero && beyond.retryAfter <= .seconds(1), beyond)
        },
        RateLimitStoreContract(name: "keeps a bucket for each key") { store, policy, _ in
            _ = try await store.take(4, from: policy, for: "a")
            let other = try await store.take(1, from: policy, for: "b")
            try hold("another key has its own", other.isAllowed, other)
        },
        RateLimitStoreContract(name: "fills up with time, and not beyond the quota") { store, policy, advance in
            _ = try await store.take(4, from: policy, for: "a")
            try await advance(.milliseconds(600))
            let one = try await store.take(1, from: policy, for: "a")
            try hold("half a second brings one", one.isAllowed, one)
            try await advance(.seconds(3))
            let full = try await store.take(1, from: policy, for: "a")
            try hold("a long pause brings the quota", full.remaining, equals: 3)
        },
        RateLimitStoreContract(name: "takes nothing when there is too little") { store, policy, _ in
            _ = try await store.take(2, from: policy, for: "a")
            let refused = try await store.take(4, from: policy, for: "a")
            try hold("refused", !refused.isAllowed, refused)
            let rest = try await store.take(2, from: policy, for: "a")
            try hold("what was there is still there", rest.isAllowed, rest)
        },
        RateLimitStoreContract(name: "of fifty at once lets exactly the quota through") { store, policy, _ in
            let decisions = try await withThrowingTaskGroup(of: RateLimitDecision.self) { group in
                for _ in 0..<50 { group.addTask { try await store.take(1, from: policy, for: "a") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let allowed = decisions.filter(\.isAllowed).count
            // A slow real store may see a token or two come back on the way.
            try hold("the quota", (4...6).contains(allowed), allowed)
        },
    ]
}
