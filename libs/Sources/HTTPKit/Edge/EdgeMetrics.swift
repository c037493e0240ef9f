import HTTPTypes
import Metrics
import Synchronization

/// `http_requests_total` and `http_request_duration_seconds` by route template, method and status.
///
/// Handles are made once for every combination seen; the templates bound their number, as unknown paths share one.
final class EdgeMetrics: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct Handles {
        let requests: Counter
        let duration: Timer
    }

    private let handles = Mutex<[Key: Handles]>([:])

    func record(route: String?, method: HTTPRequest.Method, status: Int, nanoseconds: UInt64) {
        let name = method.isUsual ? method.rawValue : "OTHER"
        let key = Key(route: route ?? "unmatched", method: name, status: status)
        let found = handles.withLock { handles -> Handles in
            if let known = handles[key] { return known }
            let dimensions = [("route", key.route), ("method", key.method), ("status", String(status))]
            let made = Handles(
                requests: Counter(label: "http_requests_total", dimensions: dimensions),
                duration: Timer(label: "http_request_duration_seconds", dimensions: dimensions))
            handles[key] = made
            return made
        }
        found.requests.increment()
        found.duration.recordNanoseconds(Int64(clamping: nanoseconds))
    }
}
