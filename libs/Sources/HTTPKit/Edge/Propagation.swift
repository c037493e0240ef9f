import HTTPTypes
public import Tracing

extension RequestScope {
    /// Writes into a call onwards what it carries: `traceparent`, in which our span is the parent, `tracestate` and the
    /// request's id.
    ///
    /// For clients that no exporter traces: one that does writes its own.
    public func inject<Inject: Injector>(into carrier: inout Inject.Carrier, using injector: Inject) {
        injector.inject(trace.traceparent, forKey: "traceparent", into: &carrier)
        if let traceState { injector.inject(traceState, forKey: "tracestate", into: &carrier) }
        injector.inject(requestID, forKey: "x-request-id", into: &carrier)
    }
}

/// Reads the fields an exporter asks for. A field that came twice reads as its values joined, which no format takes.
struct FieldExtractor: Extractor {
    func extract(key: String, from fields: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { fields[$0] }
    }
}

struct FieldInjector: Injector {
    func inject(_ value: String, forKey key: String, into fields: inout HTTPFields) {
        guard let name = HTTPField.Name(key) else { return }
        fields[name] = value
    }
}
