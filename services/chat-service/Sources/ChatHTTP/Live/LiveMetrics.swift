import Metrics
import Synchronization

/// What the live part counts.
final class LiveMetrics: Sendable {
    private let deliveries = Counter(label: "chat_deliveries_total")
    private let gaps = Counter(label: "chat_gap_fills_total")
    private let sockets = Gauge(label: "chat_sockets")
    private let openSockets = Atomic(0)

    /// One message to so many sockets.
    func delivered(_ count: Int) { deliveries.increment(by: count) }

    /// Messages that did not come in time were read from the log.
    func filledGap() { gaps.increment() }

    var socketCount: Int { openSockets.load(ordering: .relaxed) }

    func socketOpened() {
        sockets.record(openSockets.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    func socketClosed() {
        sockets.record(openSockets.wrappingSubtract(1, ordering: .relaxed).newValue)
    }
}
