import Synchronization

/// Whether a queued job is still wanted.
final class HashTicket: Sendable {
    private let isCancelled = Atomic(false)

    func cancel() {
        isCancelled.store(true, ordering: .relaxed)
    }

    /// False when nobody waits for the result any more.
    func begin() -> Bool {
        !isCancelled.load(ordering: .relaxed)
    }
}
