import HTTPTypes
import Hummingbird
import Spans
import Tracing

/// A span for each request, by OpenTelemetry's conventions for HTTP servers. Exists only where somebody listens.
///
/// Hummingbird's `TracingMiddleware` does not fit: as middleware it sees neither unknown paths and methods nor the
/// problems failures become, and it records paths and queries as they came, which hold ids of people and signatures.
struct ServerSpans: Sendable {
    private let tracer: any Tracer
    /// The tracer, or all there is beside it.
    private let instrument: any Instrument

    /// Nil when nobody listens.
    init?() {
        guard let tracer = InstrumentationSystem.listener else { return nil }
        self.tracer = tracer
        instrument = InstrumentationSystem.instrument
    }

    func begin(_ request: Request) -> ServerSpan {
        var fields = request.headers
        if fields[.traceparent].flatMap({ TraceContext(continuing: $0) }) == nil {
            // Exporters differ in what they make of a broken one.
            fields[.traceparent] = nil
            fields[.tracestate] = nil
        }
        var context = ServiceContext.topLevel
        instrument.extract(fields, into: &context, using: FieldExtractor())
        let span = tracer.startSpan(ServerSpan.name(request.method, nil), context: context, ofKind: .server)
        // The exporter chose the ids: log lines and calls onwards name the same.
        var named = HTTPFields()
        instrument.inject(span.context, into: &named, using: FieldInjector())
        let scope = RequestScope(
            fields, span: named[.traceparent].flatMap { TraceContext(naming: $0, below: fields[.traceparent]) })
        return ServerSpan(span, scope, request.method)
    }
}

/// One request's. Ends when the answer's body has been written, at the latest with its last reference.
final class ServerSpan: Sendable {
    let scope: RequestScope
    /// In which the request is handled: what happens there is below this span.
    let context: ServiceContext
    private let span: any Span
    private let method: HTTPRequest.Method

    init(_ span: any Span, _ scope: RequestScope, _ method: HTTPRequest.Method) {
        self.span = span
        self.scope = scope
        self.method = method
        context = scope.within(span.context)
    }

    deinit {
        span.end()
    }

    /// Notes what was answered, and stays for the body. Neither the error, whose message may quote values, nor the path,
    /// which names people, is told: the log has both, under the same trace id.
    func answered(_ response: inout Response, route: String?) {
        span.operationName = Self.name(method, route)
        var attributes: SpanAttributes = [
            "http.request.method": .string(method.isUsual ? method.rawValue : "_OTHER"),
            "http.response.status_code": .int(Int64(response.status.code)),
        ]
        if let route { attributes["http.route"] = route }
        span.attributes.merge(attributes)
        if response.status.code >= 500 { span.fail(String(response.status.code)) }
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            do {
                try await ServiceContext.$current.withValue(self.context) { try await body.write(writer) }
            } catch {
                self.span.fail("body_not_written")
                throw error
            }
            self.span.end()
        }
    }

    /// Few enough to group by: the template, never the path.
    static func name(_ method: HTTPRequest.Method, _ route: String?) -> String {
        let verb = method.isUsual ? method.rawValue : "HTTP"
        return route.map { "\(verb) \($0)" } ?? verb
    }
}

extension HTTPRequest.Method {
    private static let usual: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

    /// One of those services know; what else a client may write must not make names and series.
    var isUsual: Bool { HTTPRequest.Method.usual.contains(self) }
}
