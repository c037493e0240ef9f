public import Tracing

extension InstrumentationSystem {
    /// Who is told of spans; nil when nobody is. Asked once by each part that makes spans, when that part is made: an
    /// exporter is bootstrapped before. From then on a span nobody listens to costs the look at a nil, while the library's
    /// own `withSpan` would look for a tracer, make a context and call closures each time.
    public static var listener: (any Tracer)? {
        let tracer = tracer
        return tracer is NoOpTracer ? nil : tracer
    }
}

extension Tracer {
    /// Begins a call to another system, below whatever span the task is in.
    public func beginCall(_ name: String, _ attributes: SpanAttributes) -> any Tracing.Span {
        let span = startSpan(name, ofKind: .client)
        span.attributes = attributes
        return span
    }
}

extension Tracing.Span {
    /// Notes that it came to nothing. `reason` is a code or the name of a kind of error (`error.type` of OpenTelemetry's
    /// conventions), never a message: messages may quote values.
    public func fail(_ reason: String) {
        attributes["error.type"] = reason
        setStatus(SpanStatus(code: .error))
    }
}
