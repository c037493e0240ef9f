import Foundation
public import HTTPKit
public import Postgres

/// What every `IdempotencyStore` must do, run on the in-memory twin and on the real ones.
///
/// ```swift
/// @Test(arguments: IdempotencyStoreContract.all)
/// func `keeps the contract`(promise: IdempotencyStoreContract) async throws {
///     try await promise.check(store, advance: IdempotencyStoreContract.aging(database))
/// }
/// ```
public struct IdempotencyStoreContract: Sendable, CustomStringConvertible {
    public let name: String
    private let body: @Sendable (any IdempotencyStore, IdempotencyKey, Advance) async throws -> Void

    /// Lets time pass for what the store holds.
    public typealias Advance = @Sendable (Duration) async throws -> Void

    /// For stores whose time is the database's: makes the rows older.
    public static func aging(_ database: PostgresClient, table: String = "idempotency_keys") -> Advance {
        { passed in
            let interval: SQL = "\(passed / .seconds(1)) * interval '1 second'"
            try await database.query(
                """
                UPDATE \(identifier: table)
                SET lease_until = lease_until - \(sql: interval), expires_at = expires_at - \(sql: interval)
                """)
        }
    }

    public var description: String { name }

    /// Fails: `ContractViolation`, or what the store threw. Uses a key of its own.
    public func check(_ store: any IdempotencyStore, advance: @escaping Advance) async throws {
        let key = IdempotencyKey(caller: "caller", route: "POST /v1/things", key: UUID().uuidString)
        try await body(store, key, advance)
    }

    public static let all: [IdempotencyStoreContract] = claims + ends + crashes

    private static let claims: [IdempotencyStoreContract] = [
        IdempotencyStoreContract(name: "the first claim is fresh, the second finds it running") { store, key, _ in
            _ = try await fresh(store, key)
            let second = try await claim(store, key)
            try hold("a claimed key is running", second, equals: .running)
        },
        IdempotencyStoreContract(name: "another content is told from a repeat") { store, key, _ in
            let held = try await fresh(store, key)
            try hold("while it runs", try await claim(store, key, "b"), equals: .mismatch)
            try await store.complete(key, token: held.token, answer: answer)
            try hold("and afterwards", try await claim(store, key, "b"), equals: .mismatch)
        },
        IdempotencyStoreContract(name: "keys of another caller or route are other keys") { store, key, _ in
            let first = try await fresh(store, key)
            let caller = IdempotencyKey(caller: "other", route: key.route, key: key.key)
            let route = IdempotencyKey(caller: key.caller, route: "POST /v1/others", key: key.key)
            let others = [try await fresh(store, caller, "b"), try await fresh(store, route, "b")]
            let effects = Set((others + [first]).map(\.effectID))
            try hold("each has an effect of its own", effects.count, equals: 3)
        },
        IdempotencyStoreContract(name: "of fifty claims at once exactly one is fresh") { store, key, _ in
            let claims = try await withThrowingTaskGroup(of: IdempotencyClaim.self) { group in
                for _ in 0..<50 { group.addTask { try await claim(store, key) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let fresh = claims.filter { if case .fresh = $0 { true } else { false } }
            try hold("one is fresh", fresh.count, equals: 1)
            try hold("the rest wait", claims.filter { $0 == .running }.count, equals: 49)
        },
    ]

    private static let ends: [IdempotencyStoreContract] = [
        IdempotencyStoreContract(name: "a completed claim gives its answer back") { store, key, advance in
            let held = try await fresh(store, key)
            try await store.complete(key, token: held.token, answer: answer)
            try hold("the answer is kept whole", try await claim(store, key), equals: .done(answer))
            try await advance(.seconds(61))
            try hold("the lease does not matter any more", try await claim(store, key), equals: .done(answer))
            let renewed = try await store.renew(key, token: held.token, lease: lease)
            try hold("there is nothing to renew", !renewed, renewed)
            try await store.abandon(key, token: held.token)
            try hold("it cannot be taken back", try await claim(store, key), equals: .done(answer))
        },
        IdempotencyStoreContract(name: "an abandoned claim begins afresh, whatever its content") { store, key, _ in
            let held = try await fresh(store, key)
            try await store.abandon(key, token: held.token)
            let next = try await fresh(store, key, "b")
            try hold("with another effect", next.effectID != held.effectID, next)
        },
        IdempotencyStoreContract(name: "an answer is forgotten in time") { store, key, advance in
            let held = try await fresh(store, key, keep: .seconds(1))
            try await store.complete(key, token: held.token, answer: answer)
            try await advance(.milliseconds(1_100))
            let next = try await fresh(store, key, "b")
            try hold("the next call has another effect", next.effectID != held.effectID, next)
        },
        IdempotencyStoreContract(name: "a lease that is renewed does not end") { store, key, advance in
            let held = try await fresh(store, key, lease: .seconds(3))
            for _ in 0..<3 {
                try await advance(.seconds(2))
                let renewed = try await store.renew(key, token: held.token, lease: .seconds(3))
                try hold("it is still held", renewed, renewed)
            }
            try hold("it is still running", try await claim(store, key), equals: .running)
            let foreign = try await store.renew(key, token: UUID(), lease: lease)
            try hold("only its holder can renew it", !foreign, foreign)
        },
    ]

    private static let crashes: [IdempotencyStoreContract] = [
        IdempotencyStoreContract(name: "a dead call's lease ends, and its late answer is not kept") {
            store, key, advance in
            let dead = try await fresh(store, key, lease: .seconds(1))
            try await advance(.milliseconds(1_100))
            let heir = try await fresh(store, key)
            try hold("the heir holds another token", heir.token != dead.token, heir)
            let renewed = try await store.renew(key, token: dead.token, lease: lease)
            try hold("the dead call renews nothing", !renewed, renewed)
            try await store.complete(key, token: dead.token, answer: answer)
            try await store.abandon(key, token: dead.token)
            try hold("the dead call changes nothing", try await claim(store, key), equals: .running)
        },
        IdempotencyStoreContract(name: "after a crash the next call has the same effect, call after call") {
            store, key, advance in
            let dead = try await fresh(store, key)
            for _ in 0..<3 {
                try await advance(.seconds(61))
                let heir = try await fresh(store, key)
                try hold("the effect is the first one's", heir.effectID, equals: dead.effectID)
            }
        },
        IdempotencyStoreContract(name: "after a crash another content is still another content") {
            store, key, advance in
            _ = try await fresh(store, key)
            try await advance(.seconds(61))
            try hold("nobody knows what was done", try await claim(store, key, "b"), equals: .mismatch)
        },
        IdempotencyStoreContract(name: "an heir that was refused leaves the effect to the next") {
            store, key, advance in
            let dead = try await fresh(store, key)
            try await advance(.seconds(61))
            let heir = try await fresh(store, key)
            try await store.abandon(key, token: heir.token)
            try hold("another content is none of it", try await claim(store, key, "b"), equals: .mismatch)
            let next = try await fresh(store, key)
            try hold("the effect is the first one's", next.effectID, equals: dead.effectID)
        },
        IdempotencyStoreContract(name: "a lease of nothing lets the next call in at once, to the same effect") {
            store, key, _ in
            let held = try await fresh(store, key)
            let ended = try await store.renew(key, token: held.token, lease: .zero)
            try hold("it was held", ended, ended)
            try hold("another content is none of it", try await claim(store, key, "b"), equals: .mismatch)
            let next = try await fresh(store, key)
            try hold("the effect is the first one's", next.effectID, equals: held.effectID)
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

    private static func claim(
        _ store: any IdempotencyStore, _ key: IdempotencyKey, _ fingerprint: String = "a"
    ) async throws -> IdempotencyClaim {
        try await store.claim(key, fingerprint: fingerprint, lease: lease, keep: keep)
    }

    private static func fresh(
        _ store: any IdempotencyStore, _ key: IdempotencyKey, _ fingerprint: String = "a",
        lease: Duration = lease, keep: Duration = keep
    ) async throws -> IdempotencyHold {
        let claim = try await store.claim(key, fingerprint: fingerprint, lease: lease, keep: keep)
        guard case .fresh(let hold) = claim else { throw ContractViolation("the claim is fresh", claim) }
        return hold
    }
}
