public import Foundation
public import HTTPKit

/// Keeps no answer of any call, as when each one's process is killed between what it did and keeping what it said.
public struct ForgetfulIdempotencyStore: IdempotencyStore {
    private let store: any IdempotencyStore
    private let renewed: @Sendable () -> Void

    public init(
        _ store: any IdempotencyStore = InMemoryIdempotencyStore(), renewed: @escaping @Sendable () -> Void = {}
    ) {
        self.store = store
        self.renewed = renewed
    }

    public func claim(
        _ key: IdempotencyKey, fingerprint: String, lease: Duration, keep: Duration
    ) async throws -> IdempotencyClaim {
        try await store.claim(key, fingerprint: fingerprint, lease: lease, keep: keep)
    }

    public func renew(_ key: IdempotencyKey, token: UUID, lease: Duration) async throws -> Bool {
        renewed()
        return try await store.renew(key, token: token, lease: lease)
    }

    public func complete(_ key: IdempotencyKey, token: UUID, answer: StoredAnswer) async throws {}

    public func abandon(_ key: IdempotencyKey, token: UUID) async throws {}
}
