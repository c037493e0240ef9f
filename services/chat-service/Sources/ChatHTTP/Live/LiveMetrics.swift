import DomainKit
import Metrics
import Synchronization
import WebSocketKit

/// What the live part counts.
final class LiveMetrics: Sendable {
    private let deliveries = Counter(label: "chat_deliveries_total")
    private let gaps = Counter(label: "chat_gap_fills_total")
    private let banned = Counter(label: "chat_sockets_revoked_total", dimensions: [("code", "4403")])
    private let voided = Counter(label: "chat_sockets_revoked_total", dimensions: [("code", "4401")])
    private let unknown = Counter(label: "chat_sockets_revoked_total", dimensions: [("code", "1013")])
    private let waits = Counter(label: "chat_speech_waits_total")
    private let sockets = Gauge(label: "chat_sockets")
    private let openSockets = Atomic(0)

    /// One message to so many sockets.
    func delivered(_ count: Int) { deliveries.increment(by: count) }

    /// Messages that did not come in time were read from the log.
    func filledGap() { gaps.increment() }

    /// A socket was closed with `code` since its token counts no longer.
    func revoked(_ code: WebSocketCloseCode) {
        switch code {
        case .banned: banned.increment()
        case .tokenMissingOrExpired: voided.increment()
        default: unknown.increment()
        }
    }

    /// It was not known whether a client may speak, and had to be asked for.
    func speechWaited() { waits.increment() }

    /// Something was not taken that a client wanted to say, or a socket not opened.
    func refused(_ failure: Failure) {
        // By codes of ours, of which there are few; what they stand for is in the table of the README.
        Counter(label: "chat_refusals_total", dimensions: [("code", failure.code)]).increment()
    }

    var socketCount: Int { openSockets.load(ordering: .relaxed) }

    func socketOpened() {
        sockets.record(openSockets.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    func socketClosed() {
        sockets.record(openSockets.wrappingSubtract(1, ordering: .relaxed).newValue)
    }
}
