import Foundation
public import HTTPTypes

/// One path on which sockets are opened, with its own limits, subprotocols and rules.
///
/// Every GET of the path is taken before it comes to the router: one that is no handshake gets 426. Other methods and
/// other paths are the router's.
public struct WebSocketRoute: Sendable {
    /// `/v1/ws`; compared with the request's path without its query, byte by byte.
    public var path: String
    public var configuration: WebSocketConfiguration
    /// Those spoken here. The client's first choice among them is taken; a client that offers some and none of these is
    /// refused, and one that offers none gets none (RFC 6455 §4.2.2). Where this is empty offers are left unanswered.
    public var subprotocols: [String]
    /// Which pages may open sockets (§10.2).
    public var origins: WebSocketOrigins
    /// What may be agreed on with clients that offer it (§9).
    public var extensions: [any WebSocketExtension]
    /// Makes the application's side of one handshake from its head. On the event loop.
    public var opening: @Sendable (HTTPRequest) -> any OpeningHandshake

    public init(
        path: String, configuration: WebSocketConfiguration = WebSocketConfiguration(), subprotocols: [String] = [],
        origins: WebSocketOrigins = .sameHost, extensions: [any WebSocketExtension] = [],
        opening: @escaping @Sendable (HTTPRequest) -> any OpeningHandshake
    ) {
        self.path = path
        self.configuration = configuration
        self.subprotocols = subprotocols
        self.origins = origins
        self.extensions = extensions
        self.opening = opening
    }

    /// A route where nothing surrounds the decision. Throw a `WebSocketRefusal` to refuse; any other error is a 500.
    public init(
        path: String, configuration: WebSocketConfiguration = WebSocketConfiguration(), subprotocols: [String] = [],
        origins: WebSocketOrigins = .sameHost, extensions: [any WebSocketExtension] = [],
        accept: @escaping @Sendable (WebSocketRequest) async throws -> WebSocketAcceptance
    ) {
        let plain = PlainHandshake(decide: accept)
        self.init(
            path: path, configuration: configuration, subprotocols: subprotocols, origins: origins,
            extensions: extensions, opening: { _ in plain })
    }
}

/// Which pages may open sockets, by the `Origin` that browsers send (RFC 6455 §10.2). Clients that send none are not
/// held to it: they could send any.
public struct WebSocketOrigins: Sendable {
    /// Of the field and the request's authority.
    let allows: @Sendable (_ origin: String, _ host: String) -> Bool

    public init(_ allows: @escaping @Sendable (_ origin: String, _ host: String) -> Bool) {
        self.allows = allows
    }

    public static let any = WebSocketOrigins { _, _ in true }

    /// Pages of the host, and port, that the socket is asked of. Not behind a proxy that changes `Host`.
    public static let sameHost = WebSocketOrigins { origin, host in
        guard let scheme = origin.range(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    /// `https://example.com` and its like: scheme, host and a port that is not the scheme's own.
    public static func only(_ origins: some Sequence<String>) -> WebSocketOrigins {
        let allowed = Set(origins.map { $0.lowercased() })
        return WebSocketOrigins { origin, _ in allowed.contains(origin.lowercased()) }
    }
}
