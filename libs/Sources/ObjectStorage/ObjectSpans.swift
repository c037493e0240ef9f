internal import Spans
internal import Tracing

/// A span for each call to a store.
struct ObjectSpans: Sendable {
    /// Nil when nobody listens.
    private let tracer: (any Tracer)?

    init() {
        tracer = InstrumentationSystem.listener
    }

    nonisolated(nonsending) func over<Value>(
        _ operation: StaticString, _ key: ObjectKey?,
        _ call: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        guard let tracer else { return try await call() }
        var attributes: SpanAttributes = ["object_store.operation": .string("\(operation)")]
        if let kind = key?.kind { attributes["object_store.kind"] = kind }
        let span = tracer.beginCall("object-store \(operation)", attributes)
        defer { span.end() }
        do {
            return try await call()
        } catch {
            span.fail(
                (error as? ObjectStoreError)?.kind ?? (error is CancellationError ? "cancelled" : "\(type(of: error))"))
            throw error
        }
    }
}

extension ObjectKey {
    /// The first of several segments: `videos`, `posters`. Nil for a key that has only the one that names it.
    fileprivate var kind: String? {
        let segments = description.split(separator: "/", maxSplits: 1)
        return segments.count > 1 ? String(segments[0]) : nil
    }
}

extension ObjectStoreError {
    fileprivate var kind: String {
        switch self {
        case .objectNotFound: "object_not_found"
        case .objectChanged: "object_changed"
        case .uploadNotFound: "upload_not_found"
        case .wrongOffset: "wrong_offset"
        case .incomplete: "incomplete"
        case .badPart: "bad_part"
        case .wrongDigest: "wrong_digest"
        case .rangeNotSatisfiable: "range_not_satisfiable"
        case .outOfSpace: "out_of_space"
        case .unavailable: "unavailable"
        case .badAddress: "bad_address"
        }
    }
}
