import Foundation
import Logging

/// One call that has claimed its key: keeps the lease while it runs, then tells the store how it ended.
struct IdempotentCall: Sendable {
    let hold: IdempotencyHold
    private let key: IdempotencyKey
    private let store: any IdempotencyStore
    private let logger: Logger
    private let renewal: Task<Void, Never>

    init(
        _ key: IdempotencyKey, _ hold: IdempotencyHold, _ lease: Duration, _ store: any IdempotencyStore,
        _ logger: Logger
    ) {
        self.key = key
        self.hold = hold
        self.store = store
        self.logger = logger
        renewal = Task { await IdempotentCall.renew(key, hold, lease, store, logger) }
    }

    /// Keeps the answer. When the store fails the answer stands all the same: repeats get 409 until the lease ends, and
    /// then find by the effect id what this call made.
    func end(with answer: StoredAnswer) async {
        renewal.cancel()
        await settle { try await store.complete(key, token: hold.token, answer: answer) }
    }

    /// Gives the key back. A call that may have changed something leaves its effect id to the next one.
    func end(changedNothing: Bool) async {
        renewal.cancel()
        // One that is on its way would bring back the lease that ends here.
        await renewal.value
        await settle {
            if changedNothing {
                try await store.abandon(key, token: hold.token)
            } else {
                _ = try await store.renew(key, token: hold.token, lease: .zero)
            }
        }
    }

    /// In a task of its own: the caller's going away must not leave the key claimed.
    private func settle(_ body: @escaping @Sendable () async throws -> Void) async {
        do {
            try await Task { try await body() }.value
        } catch {
            logger.warning("idempotency key not settled", metadata: ["error": "\(String(reflecting: error))"])
        }
    }

    /// Until cancelled, or until somebody else holds the claim. A store that is away may be back before the lease ends.
    private static func renew(
        _ key: IdempotencyKey, _ hold: IdempotencyHold, _ lease: Duration, _ store: any IdempotencyStore,
        _ logger: Logger
    ) async {
        // A third of the lease: one renewal may fail, and the next still comes before it ends.
        while (try? await Task.sleep(for: lease / 3)) != nil {
            do {
                guard try await store.renew(key, token: hold.token, lease: lease) else { return }
            } catch {
                logger.warning("idempotency lease not renewed", metadata: ["error": "\(String(reflecting: error))"])
            }
        }
    }
}
