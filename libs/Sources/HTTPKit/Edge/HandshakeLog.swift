public import HTTPTypes
public import NIOCore

/// Tells metrics and access log of opening handshakes, which never reach the responder, as it does of requests.
public struct HandshakeLog: Sendable {
    private let route: String
    private let options: EdgeOptions
    private let metrics = EdgeMetrics()

    public init(route: String, _ options: EdgeOptions) {
        self.route = route
        self.options = options
    }

    public func finished(
        _ head: HTTPRequest, status: HTTPResponse.Status, after time: TimeAmount, scope: RequestScope,
        peer: SocketAddress?
    ) {
        let nanoseconds = UInt64(clamping: time.nanoseconds)
        if options.countsRequests {
            metrics.record(route: route, method: head.method, status: status.code, nanoseconds: nanoseconds)
        }
        let forwarded = head.headerFields[.xForwardedFor].flatMap {
            options.trustedProxies > 0 ? EdgeState.client(in: $0, trusted: options.trustedProxies) : nil
        }
        let path = head.path?.prefix { $0 != "?" } ?? ""
        options.observer?.finished(
            Exchange(
                method: head.method, path: String(path), route: route, status: status.code, nanoseconds: nanoseconds,
                bodyBytes: nil, scope: scope, clientAddress: forwarded ?? peer?.ipAddress ?? "unknown"))
    }
}
