import Metrics

/// What becomes of requests, by operation.
enum S3Metrics {
    static func count(_ operation: String, _ outcome: String, since start: ContinuousClock.Instant) {
        Counter(label: "object_store_requests_total", dimensions: [("operation", operation), ("outcome", outcome)])
            .increment()
        Timer(label: "object_store_request_duration_seconds", dimensions: [("operation", operation)])
            .record(duration: ContinuousClock.now - start)
    }

    static func countRetry(_ operation: String, _ reason: String) {
        Counter(label: "object_store_retries_total", dimensions: [("operation", operation), ("reason", reason)])
            .increment()
    }
}
