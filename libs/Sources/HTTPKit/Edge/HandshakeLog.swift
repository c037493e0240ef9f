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
        let path = head.path?.prefix { $0 != "?" } ?? ""
        options.observer?.finished(
            Exchange(
                method: head.method, path: String(path), route: route, status: status.code, nanoseconds: nanoseconds,
                bodyBytes: nil, scope: scope, clientAddress: clientAddress(head, peer)))
    }

    /// Who counts as one before sign-in, as for requests (`EdgeContext.clientNetwork`).
    public func clientNetwork(_ head: HTTPRequest, _ peer: SocketAddress?) -> String {
        ClientNetwork.name(of: clientAddress(head, peer))
    }

    private func clientAddress(_ head: HTTPRequest, _ peer: SocketAddress?) -> String {
        let forwarded = head.headerFields[.xForwardedFor].flatMap {
            options.trustedProxies > 0 ? EdgeState.client(in: $0, trusted: options.trustedProxies) : nil
        }
        return forwarded ?? peer?.ipAddress ?? "unknown"
    }
}
