import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

typealias HTTPBridge = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

/// What all connections of a server share for turning into sockets.
final class WebSocketUpgrade: Sendable {
    let loops = WebSocketLoops()
    private let routes: [ServedRoute]

    init(routes: [WebSocketRoute]) {
        precondition(Set(routes.map(\.path)).count == routes.count, "two WebSocket routes have one path")
        self.routes = routes.map(ServedRoute.init)
    }

    /// The route a request is for: any GET of its path, so that one without a handshake gets a 426.
    func route(for head: HTTPRequest) -> ServedRoute? {
        guard head.method == .get, let path = head.path else { return nil }
        return routes.first { $0.isAt(path) }
    }

    func makeBridge(_ channel: any Channel) throws -> HTTPBridge {
        try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    /// Fits a new channel to requests. A channel keeps the buffer it reads into for life, so the first one is just as
    /// large as most handshakes with a token.
    static func setOptions(ofNew channel: any Channel) {
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 65_536))
    }
}

/// A route and what its sockets share.
final class ServedRoute: Sendable {
    let route: WebSocketRoute
    let settings: WebSocketSettings

    init(_ route: WebSocketRoute) {
        self.route = route
        settings = WebSocketSettings(route.configuration)
    }

    /// `path` may have a query.
    func isAt(_ path: String) -> Bool {
        guard path.hasPrefix(route.path) else { return false }
        return path.utf8.count == route.path.utf8.count
            || path.utf8.dropFirst(route.path.utf8.count).first == UInt8(ascii: "?")
    }

    /// The 101 (RFC 6455 §4.2.2), and what frames need by what was agreed on.
    func agree(
        to offer: Handshake.Offer, _ acceptance: WebSocketAcceptance
    ) -> (response: HTTPResponse, transform: FrameTransform?) {
        let agreed = FrameTransform.server(route.extensions, offers: offer.extensions)
        var fields = acceptance.headers
        fields[.upgrade] = "websocket"
        fields[.connection] = "Upgrade"
        fields[.secWebSocketAccept] = Handshake.acceptValue(for: offer.key)
        fields[.secWebSocketProtocol] = offer.subprotocol
        if let agreed {
            fields[.secWebSocketExtensions] = agreed.answers.map(\.fieldValue).joined(separator: ", ")
        }
        return (HTTPResponse(status: .switchingProtocols, headerFields: fields), agreed?.transform)
    }
}

extension WebSocketConfiguration {
    /// Fits a channel that carried HTTP to frames.
    func setOptions(of channel: any Channel) {
        guard let options = channel.syncOptions else { return }
        let high = max(1, highWaterMark)
        // One long message must not leave a large buffer behind it.
        try? options.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1_024, maximum: 4_096))
        // Fails only on a channel that is closed, which ends the connection anyway.
        try? options.setOption(.writeBufferWaterMark, value: .init(low: max(1, high / 2), high: high))
    }
}
