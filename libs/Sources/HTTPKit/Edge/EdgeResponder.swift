import DomainKit
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Timing
import Tracing

/// How the edge of one service behaves.
public struct EdgeOptions: Sendable {
    /// Prefix of every problem's `type`.
    public var problemTypeBase: String
    /// How many proxies in front of us append to `X-Forwarded-For` and can be believed; 0 ignores the field.
    public var trustedProxies: Int
    /// Told of every finished exchange, for the access log.
    public var observer: (any RequestObserver)?
    /// Whether requests count in the metrics and are traced; those to the operations port say nothing about the service.
    public var countsRequests: Bool

    public init(
        problemTypeBase: String = Problem.defaultTypeBase, trustedProxies: Int = 0,
        observer: (any RequestObserver)? = nil, countsRequests: Bool = true
    ) {
        self.problemTypeBase = problemTypeBase
        self.trustedProxies = trustedProxies
        self.observer = observer
        self.countsRequests = countsRequests
    }
}

extension Router where Context: EdgeContext {
    /// Puts the platform's edge around all routes, wherever and whenever they were added. Services cannot: their routes
    /// say who may call them, and `AccessRouter` has the edge for them.
    package func edge(_ options: EdgeOptions = EdgeOptions()) -> EdgeResponder<Context> {
        EdgeResponder(router: self, options: options)
    }
}

/// Everything that is the same for every request, in this order: request id and trace, content codings, routing with its
/// 404, 405, HEAD and OPTIONS, errors into problems, security and cache fields, metrics, access log; a span around it,
/// where somebody listens when it is made.
///
/// It stands around the router and not in it as middleware, because middleware sees only routes added after it, and
/// because one function is cheaper than a chain of closures.
public struct EdgeResponder<Context: EdgeContext>: HTTPResponder {
    private let routes: RouterResponder<Context>
    private let allowed: AllowedMethods
    private let problems: ProblemWriter
    private let metrics = EdgeMetrics()
    private let spans: ServerSpans?
    private let options: EdgeOptions

    init(router: Router<Context>, options: EdgeOptions) {
        routes = router.buildResponder()
        allowed = AllowedMethods(routeTable(of: router))
        problems = ProblemWriter(typeBase: options.problemTypeBase)
        spans = options.countsRequests ? ServerSpans() : nil
        self.options = options
    }

    /// Fails only with `HTTPParserError`, which the server itself answers with a plain 400 on a connection it closes.
    public func respond(to request: Request, context: Context) async throws -> Response {
        let start = Monotonic.now
        var context = context
        let span = spans?.begin(request)
        let scope = span?.scope ?? RequestScope(request.headers)
        context.edge.scope = scope
        if options.trustedProxies > 0, let chain = request.headers[.xForwardedFor] {
            context.edge.resolveClient(chain, trusted: options.trustedProxies)
        }
        let bound = context
        var response = try await ServiceContext.$current.withValue(span?.context ?? scope.within(.topLevel)) {
            try await answer(request, bound)
        }
        if request.method == .head { response = response.createHeadResponse() }
        seal(&response, scope, to: request.method)
        let route = matchedRoute(bound)
        let elapsed = Monotonic.now - start
        span?.answered(&response, route: route)
        if options.countsRequests {
            metrics.record(route: route, method: request.method, status: response.status.code, nanoseconds: elapsed)
        }
        options.observer?.finished(
            Exchange(
                method: request.method, path: request.uri.path, route: route, status: response.status.code,
                nanoseconds: elapsed, bodyBytes: response.body.contentLength, scope: scope,
                clientAddress: bound.clientAddress))
        return response
    }

    private func answer(_ request: Request, _ context: Context) async throws -> Response {
        do {
            try request.requirePlainContent()
            let response = try await routes.respond(to: request, context: context)
            guard response.status.code >= 400, response.headers[.contentType] != Problem.contentType else {
                return response
            }
            if isUnmatched(response.status, context) { return try await unmatched(request, context) }
            return problems.response(replacing: response, request, context)
        } catch let error as HTTPParserError {
            throw error
        } catch let answer as AnswerOfItsOwnForm {
            return answer.response
        } catch let failure as Failure where isUnmatched(failure.kind.status, context) {
            return try await unmatched(request, context)
        } catch {
            return problems.response(for: error, request, context)
        }
    }

    /// The router found no route; a middleware on the way may have asked for a token first.
    private func isUnmatched(_ status: HTTPResponse.Status, _ context: Context) -> Bool {
        (status == .notFound || status == .unauthorized) && matchedRoute(context) == nil
    }

    private func matchedRoute(_ context: Context) -> String? {
        guard let path = context.endpointPath, path != "NotFound" else { return nil }
        return path
    }

    private func unmatched(_ request: Request, _ context: Context) async throws -> Response {
        let methods = allowed.methods(for: request.uri.path)
        if methods.isEmpty { return problems.response(for: Failure.routeNotFound, request, context) }
        if request.method == .head, methods.contains(.get) {
            var head = request.head
            head.method = .get
            return try await answer(Request(head: head, body: request.body), context)
        }
        let allow: HTTPFields = [.allow: methods.map(\.rawValue).joined(separator: ", ")]
        if request.method == .options { return Response(status: .noContent, headers: allow) }
        return problems.response(for: Failure.methodNotAllowed(request.method).with(allow), request, context)
    }

    private func seal(_ response: inout Response, _ scope: RequestScope, to method: HTTPRequest.Method) {
        response.headers[.xRequestID] = scope.requestID
        response.headers[.traceparent] = scope.trace.traceparent
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil {
            // What has a version may be kept by the caller alone, and is asked for again before each use.
            let hasVersion = (method == .get || method == .head) && response.headers[.eTag] != nil
            response.headers[.cacheControl] = hasVersion ? "private, no-cache" : "no-store"
        }
    }
}

extension EdgeState {
    mutating func resolveClient(_ chain: String, trusted: Int) {
        if let address = EdgeState.client(in: chain, trusted: trusted) { forwardedAddress = address }
    }

    /// The address `trusted` places from the right of an `X-Forwarded-For` chain: what lies further left was written
    /// by nobody we trust.
    static func client(in chain: String, trusted: Int) -> String? {
        let addresses = chain.split(separator: ",")
        guard addresses.count >= trusted else { return nil }
        let address = addresses[addresses.count - trusted].trimmingSpace
        return address.utf8.count <= 45 && !address.isEmpty ? address : nil
    }
}
