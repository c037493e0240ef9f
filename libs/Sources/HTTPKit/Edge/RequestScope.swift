public import HTTPTypes
public import Tracing

/// What names one request in logs, problems and calls onwards.
///
/// The edge binds it for the whole handling of a request, as a part of the task's `ServiceContext`, so that log lines
/// written anywhere below, drivers included, carry `request_id` and `trace_id` without a logger being handed down.
/// One object a request: contexts are copied often, and the task's holds it without another box.
public final class RequestScope: Sendable {
    /// That of the request the task works for.
    public static var current: RequestScope? { ServiceContext.current?.request }

    public let requestID: String
    public let trace: TraceContext
    /// What other tracing systems on the way here want handed on with `trace`; nil when there was nothing, or when the
    /// trace begins here (Trace Context §3.3).
    public let traceState: String?

    public init(requestID: String, trace: TraceContext, traceState: String? = nil) {
        self.requestID = requestID
        self.trace = trace
        self.traceState = traceState
    }

    /// Takes over what the caller sent where it is well formed and makes the rest. A field that came twice is not.
    public convenience init(_ fields: HTTPFields) {
        self.init(fields, span: nil)
    }

    /// - Parameter span: the span that handles the request, where an exporter has named it.
    convenience init(_ fields: HTTPFields, span: TraceContext?) {
        let continued = fields[.traceparent].flatMap { TraceContext(continuing: $0) }
        let sent = fields[.xRequestID].flatMap { RequestScope.isAcceptable($0) ? $0 : nil }
        let trace = span ?? continued ?? .root()
        // A trace that goes on has other requests in it, which must not share this one's id.
        let made = { continued == nil ? trace.traceID : TraceContext.root().traceID }
        self.init(
            requestID: sent ?? made(), trace: trace,
            traceState: continued == nil ? nil : fields[.tracestate].flatMap { RequestScope.traceState($0) })
    }

    /// Runs `body` as a part of this request.
    nonisolated(nonsending) public func bind<Value>(
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async rethrows -> Value {
        try await ServiceContext.$current.withValue(within(.current ?? .topLevel), operation: body)
    }

    /// `context` with this request in it.
    func within(_ context: ServiceContext) -> ServiceContext {
        var context = context
        context.request = self
        return context
    }

    /// Nil for what breaks the format: at most 32 members and, here, 512 bytes.
    private static func traceState(_ field: String) -> String? {
        guard (1...512).contains(field.utf8.count), field.utf8.allSatisfy({ (0x20...0x7e).contains($0) || $0 == 0x09 })
        else { return nil }
        let members = field.split(separator: ",").map(\.trimmingSpace).filter { !$0.isEmpty }
        return members.count <= 32 && members.allSatisfy({ $0.contains("=") }) ? field : nil
    }

    /// Ids of callers end up in our logs and headers: at most 128 characters of a harmless alphabet.
    private static func isAcceptable(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                    UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }
}

extension ServiceContext {
    private enum RequestKey: ServiceContextKey {
        typealias Value = RequestScope
    }

    /// The request that is being handled.
    public var request: RequestScope? {
        get { self[RequestKey.self] }
        set { self[RequestKey.self] = newValue }
    }
}
