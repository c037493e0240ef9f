public import HTTPTypes

/// What names one request in logs, problems and calls onwards.
///
/// The edge binds it for the whole handling of a request, so that log lines written anywhere below, drivers
/// included, carry `request_id` and `trace_id` without a logger being handed down.
public struct RequestScope: Sendable {
    @TaskLocal public static var current: RequestScope?

    public let requestID: String
    public let trace: TraceContext

    public init(requestID: String, trace: TraceContext) {
        self.requestID = requestID
        self.trace = trace
    }

    /// Takes over what the caller sent where it is well formed and makes the rest.
    public init(_ fields: HTTPFields) {
        let trace = fields[.traceparent].flatMap { TraceContext(continuing: $0) } ?? .root()
        let sent = fields[.xRequestID].flatMap { RequestScope.isAcceptable($0) ? $0 : nil }
        self.init(requestID: sent ?? trace.traceID, trace: trace)
    }

    /// Ids of callers end up in our logs and headers: 8 to 128 characters of a harmless alphabet.
    private static func isAcceptable(_ id: String) -> Bool {
        (8...128).contains(id.utf8.count)
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
