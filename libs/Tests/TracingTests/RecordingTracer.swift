import InMemoryTracing
import Synchronization
import Tracing

/// The library's tracer in memory with ids as W3C has them, which it reads from and writes into `traceparent`, as
/// exporters do.
struct RecordingTracer: Tracer {
    private let spans: InMemoryTracer

    init() {
        let last = Atomic<Int>(0)
        let next = { @Sendable (width: Int) in
            let digits = String(last.add(1, ordering: .relaxed).newValue, radix: 16)
            return String(repeating: "0", count: width - digits.count) + digits
        }
        spans = InMemoryTracer(idGenerator: .init(nextTraceID: { next(32) }, nextSpanID: { next(16) }))
    }

    /// In the order they ended.
    var finished: [FinishedInMemorySpan] { spans.finishedSpans }

    func finished(_ name: String) -> [FinishedInMemorySpan] { finished.filter { $0.operationName == name } }

    /// Everything an exporter would send, as text.
    var exported: String {
        finished.map { span in
            var words = [span.operationName, span.status?.message ?? ""]
            span.attributes.forEach { words.append("\($0)=\($1)") }
            words += span.events.map { "\($0)" } + span.errors.map { "\($0)" }
            return words.joined(separator: " ")
        }.joined(separator: "\n")
    }

    func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> InMemorySpan {
        spans.startSpan(
            operationName, context: context(), ofKind: kind, at: instant(), function: function, file: fileID, line: line
        )
    }

    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        let parts = extractor.extract(key: "traceparent", from: carrier)?.split(separator: "-").map(String.init) ?? []
        guard parts.count == 4 else { return }
        context.inMemorySpanContext = InMemorySpanContext(traceID: parts[1], spanID: parts[2], parentSpanID: nil)
    }

    func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let span = context.inMemorySpanContext else { return }
        injector.inject("00-\(span.traceID)-\(span.spanID)-01", forKey: "traceparent", into: &carrier)
    }

    func forceFlush() { spans.forceFlush() }
}

extension FinishedInMemorySpan {
    func text(_ attribute: String) -> String? {
        guard case .string(let text) = attributes.get(attribute) else { return nil }
        return text
    }

    func number(_ attribute: String) -> Int64? {
        switch attributes.get(attribute) {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        default: nil
        }
    }

    var isFailed: Bool { status?.code == .error }
}
