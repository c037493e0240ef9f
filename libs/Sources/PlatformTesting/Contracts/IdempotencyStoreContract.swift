import Foundation
public import HTTPKit

/// What every `IdempotencyStore` must do, run on the in-memory twin and on the real ones.
///
/// ```swift
/// @Test(arguments: IdempotencyStoreContract.all)
/// func `keeps the contract`(promise: IdempotencyStoreContract) async throws {
///     try await promise.check(store) { clock.advance(by: $0) }
/// }
/// ```
public struct IdempotencyStoreContract: Sendable, CustomStringConvertible {
    public let name: String
    private let body: @Sendable (any IdempotencyStore, IdempotencyKey, Advance) async throws -> Void

    /// Lets the store's clock pass. Stores on a clock that cannot be set wait: leases here are of a second.
    public typealias Advance = @Sendable (Duration) async throws -> Void

    public var description: String { name }

    /// Fails: `ContractViolation`, or what the store threw. Uses a key of its own.
    public func check(_ store: any IdempotencyStore, advance: @escaping Advance) async throws {
        let key = IdempotencyKey(caller: "caller", route: "POST /v1/things", key: UUID().uuidString)
        try await body(store, key, advance)
    }

    public static let all: [IdempotencyStoreContract] = [
        IdempotencyStoreContract(name: "the first claim is fresh, the second finds it running") { store, key, _ in
            let first = try await store.claim(key, fingerprint: "a", lease: lease, keep: keep)
            _ = try token(of: first)
            let second = try await store.claim(key, fingerprint: "a", lease: lease, keep: keep)
            try hold("a claimed key is running", second, equals: .running)
        },
        IdempotencyStoreContract(name: "a completed claim gives its answer back") { store, key, _ in
            let held = try token(of: await store.claim(key, fingerprint: "a", lease: lease, keep: keep))
            try await store.complete(key, token: held, answer: answer)
            let again = try await store.claim(key, fingerprint: "a", lease: lease, keep: keep)
            try hold("the answer is kept whole", again, equals: .done(answer))
        },
        IdempotencyStoreContract(name: "another content is told from a repeat") { store, key, _ in
            let held = try token(of: await store.claim(key, fingerprint: "a", lease: lease, keep: keep))
            let early = try await store.claim(key, fingerprint: "b", lease: lease, keep: keep)
            try hold("while it runs", early, equals: .mismatch)
            try await store.complete(key, token: held, answer: answer)
            let late = try await store.claim(key, fingerprint: "b", lease: lease, keep: keep)
            try hold("and afterwards", late, equals: .mismatch)
        },
        IdempotencyStoreContract(name: "an abandoned claim begins afresh") { store, key, _ in
            let held = try token(of: await store.claim(key, fingerprint: "a", lease: lease, keep: keep))
            try await store.abandon(key, token: held)
            _ = try token(of: await store.claim(key, fingerprint: "b", lease: lease, keep: keep))
        },
        IdempotencyStoreContract(name: "keys of another caller or route are other keys") { store, key, _ in
            _ = try token(of: await store.claim(key, fingerprint: "a", lease: lease, keep: keep))
            let caller = IdempotencyKey(caller: "other", route: key.route, key: key.key)
            _ = try token(of: await store.claim(caller, fingerprint: "b", lease: lease, keep: keep))
            let route = IdempotencyKey(caller: key.caller, route: "POST /v1/others", key: key.key)
            _ = try token(of: await store.claim(route, fingerprint: "b", lease: lease, keep: keep))
        },
        IdempotencyStoreContract(name: "a dead call's lease ends, and its late answer is not kept") {
            store, key, advance in
            let dead = try token(of: await store.claim(key, fingerprint: "a", lease: .seconds(1), keep: keep))
            try await advance(.milliseconds(1_100))
            let heir = try token(of: await store.claim(key, fingerprint: "a", lease: lease, keep: keep))
            try hold("the heir holds another token", heir != dead, heir)
            try await store.complete(key, token: dead, answer: answer)
            try await store.abandon(key, token: dead)
            let claim = try await store.claim(key, fingerprint: "a", lease: lease, keep: keep)
            try hold("the dead call changes nothing", claim, equals: .running)
        },
        IdempotencyStoreContract(name: "an answer is forgotten in time") { store, key, advance in
            let held = try token(of: await store.claim(key, fingerprint: "a", lease: lease, keep: .seconds(1)))
            try await store.complete(key, token: held, answer: answer)
            try await advance(.milliseconds(1_100))
            _ = try token(of: await store.claim(key, fingerprint: "b", lease: lease, keep: keep))
        },
        IdempotencyStoreContract(name: "of fifty claims at once exactly one is fresh") { store, key, _ in
            let claims = try await withThrowingTaskGroup(of: IdempotencyClaim.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await store.claim(key, fingerprint: "a", lease: lease, keep: keep) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let fresh = claims.filter { if case .fresh = $0 { true } else { false } }
            try hold("one is fresh", fresh.count, equals: 1)
            try hold("the rest wait", claims.filter { $0 == .running }.count, equals: 49)
        },
    ]

    private static let lease = Duration.seconds(60)
    private static let keep = Duration.seconds(86_400)
    private static let answer = StoredAnswer(
        status: 201,
        fields: [
            StoredAnswer.Field(name: "Content-Type", value: "application/json"),
            StoredAnswer.Field(name: "Location", value: "/v1/things/1"),
        ], body: Array(#"{"name":"日本"}"#.utf8) + [0, 255])

    private static func token(of claim: IdempotencyClaim) throws -> String {
        guard case .fresh(let token) = claim else { throw ContractViolation("the claim is fresh", claim) }
        return token
    }
}
