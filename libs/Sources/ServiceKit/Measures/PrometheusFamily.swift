import Synchronization

/// One time series: a handler that can print itself.
protocol PrometheusSeries: AnyObject, Sendable {
    static var kind: String { get }
    func write(_ name: String, _ labels: String, to text: inout PrometheusText)
}

/// All series of one name, which by the format are of one kind and stand together.
final class PrometheusFamily: Sendable {
    private let name: String
    private let kind: String
    private let known = Mutex<[String: any PrometheusSeries]>([:])

    init(name: String, kind: String) {
        self.name = name
        self.kind = kind
    }

    func series<Series: PrometheusSeries>(_ labels: String, _ make: () -> Series) -> Series {
        known.withLock { known in
            if let series = known[labels] as? Series { return series }
            let made = make()
            if Series.kind == kind, known[labels] == nil { known[labels] = made }
            return made
        }
    }

    func write(to text: inout PrometheusText) {
        text.type(name, kind)
        for (labels, series) in known.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            series.write(name, labels, to: &text)
        }
    }
}
