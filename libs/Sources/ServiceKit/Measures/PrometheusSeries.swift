import CoreMetrics
import Synchronization

final class PrometheusCounter: CounterHandler, PrometheusSeries {
    static let kind = "counter"
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to text: inout PrometheusText) {
        text.sample(name, labels, value.load(ordering: .relaxed))
    }
}

final class PrometheusFloatingPointCounter: FloatingPointCounterHandler, PrometheusSeries {
    static let kind = "counter"
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += amount } }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: String, to text: inout PrometheusText) {
        text.sample(name, labels, value.withLock { $0 })
    }
}

/// A value that goes up and down: swift-metrics calls it a meter, or a recorder that does not aggregate.
final class PrometheusGauge: MeterHandler, RecorderHandler, PrometheusSeries {
    static let kind = "gauge"
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }

    func set(_ value: Double) { self.value.withLock { $0 = value } }

    func increment(by amount: Double) { value.withLock { $0 += amount } }

    func decrement(by amount: Double) { value.withLock { $0 -= amount } }

    func record(_ value: Int64) { set(Double(value)) }

    func record(_ value: Double) { set(value) }

    func write(_ name: String, _ labels: String, to text: inout PrometheusText) {
        text.sample(name, labels, value.withLock { $0 })
    }
}

/// Counts by fixed upper bounds. Timers record nanoseconds and are printed in seconds.
final class PrometheusHistogram: TimerHandler, RecorderHandler, PrometheusSeries {
    static let kind = "histogram"

    private struct State {
        /// One for each bound and one beyond the last, not cumulative.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds.sorted()
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func write(_ name: String, _ labels: String, to text: inout PrometheusText) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total: UInt64 = 0
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? bounds[index].description : "+Inf"
            text.sample(name + "_bucket", PrometheusText.labels(labels, adding: "le", bound), total)
        }
        text.sample(name + "_sum", labels, sum)
        text.sample(name + "_count", labels, total)
    }
}
