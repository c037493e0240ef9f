internal import Spans
internal import Tracing

/// A span for each round trip of statements, by OpenTelemetry's conventions for databases: the text as it is prepared, in
/// which values are `$n`, never what is bound to them.
struct StatementSpans: Sendable {
    /// Nil when nobody listens.
    private let tracer: (any Tracer)?

    init() {
        tracer = InstrumentationSystem.listener
    }

    /// Statements that stand or fall together are one.
    func begin(_ sql: SQL, more: [SQL] = []) -> (any Span)? {
        guard let tracer else { return nil }
        let operation = StatementWords(sql.text, limit: 1).words.first ?? "SQL"
        var attributes = Self.attributes(operation)
        attributes["db.query.text"] = more.isEmpty ? sql.text : ([sql] + more).map(\.text).joined(separator: "; ")
        if !more.isEmpty { attributes["db.operation.batch.size"] = more.count + 1 }
        return tracer.beginCall(more.isEmpty ? operation : "BATCH \(operation)", attributes)
    }

    /// What a transaction asks is below a span of its own, which is no call itself.
    func beginTransaction() -> (any Span)? {
        guard let tracer else { return nil }
        let span = tracer.startSpan("TRANSACTION", ofKind: .internal)
        span.attributes = Self.attributes("TRANSACTION")
        return span
    }

    private static func attributes(_ operation: String) -> SpanAttributes {
        ["db.system.name": "postgresql", "db.operation.name": .string(operation)]
    }
}

extension Span {
    /// Notes what a call failed with: the server's code, or the kind, as messages quote values.
    func fail(_ error: any Error) {
        switch error {
        case let error as PostgresError:
            if let code = error.sqlState { attributes["db.response.status_code"] = code }
            fail(error.sqlState ?? "\(error.kind)")
        case is CancellationError: fail("cancelled")
        default: fail("\(type(of: error))")
        }
    }
}
