import Metrics
public import UserDomain

/// Erases what is due, and tells the metrics how far erasures are behind in all services: `erasures_unfinished`, and for how
/// long the oldest has been, `erasures_oldest_seconds`.
public struct DueErasures: Sendable {
    private static let batch = 20

    private let store: any ErasureStore
    private let unfinished = Gauge(label: "erasures_unfinished")
    private let oldest = Gauge(label: "erasures_oldest_seconds")

    public init(store: any ErasureStore) {
        self.store = store
    }

    /// Some of them; true when there may be more.
    public func erase() async throws -> Bool {
        try await store.eraseDue(most: Self.batch) == Self.batch
    }

    /// Fails: unavailable.
    public func measure() async throws {
        let backlog = try await store.backlog()
        unfinished.record(backlog.unfinished)
        oldest.record(backlog.oldest / .seconds(1))
    }
}
