public import CoreMetrics
import Synchronization

/// Every metric of the process, as a swift-metrics backend that prints the Prometheus text format 0.0.4.
///
/// Counters, meters and gauges are atomics; timers are histograms in seconds. The same label and dimensions give the
/// same handler however often they are asked for; handlers live as long as the process.
public final class PrometheusRegistry: MetricsFactory {
    /// Upper bounds for durations in seconds.
    public static let durationBuckets = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// Upper bounds for anything else that is recorded.
    public static let sizeBuckets: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000]

    private let families = Mutex<[String: PrometheusFamily]>([:])
    private let buckets: [String: [Double]]

    /// `buckets` names metrics whose histograms need other bounds than the standard ones.
    public init(buckets: [String: [Double]] = [:]) {
        self.buckets = buckets
    }

    /// All metrics in the order of their names, the process's own first.
    public func text() -> String {
        var text = PrometheusText()
        ProcessMeasures.write(to: &text)
        for (_, family) in families.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { family.write(to: &text) }
        return text.content
    }

    /// The handler under `label` and `dimensions`, made at the first call.
    ///
    /// A label that was first used for another kind of metric gets a handler that is not printed: one broken metric
    /// must not break the scrape or the process.
    private func handler<Handler: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ make: () -> Handler
    ) -> Handler {
        let name = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        return families.withLock { families in
            let family = families[name] ?? PrometheusFamily(name: name, kind: Handler.kind)
            families[name] = family
            return family.series(labels, make)
        }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        handler(label, dimensions) { PrometheusCounter() }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        handler(label, dimensions) { PrometheusFloatingPointCounter() }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        handler(label, dimensions) { PrometheusGauge() }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return handler(label, dimensions) { PrometheusGauge() } }
        let bounds = buckets[label] ?? PrometheusRegistry.sizeBuckets
        return handler(label, dimensions) { PrometheusHistogram(bounds: bounds) }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let bounds = buckets[label] ?? PrometheusRegistry.durationBuckets
        return handler(label, dimensions) { PrometheusHistogram(bounds: bounds) }
    }

    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
