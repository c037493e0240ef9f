import HTTPTypes
import HummingbirdCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTPTypes

typealias HTTPBridge = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

/// What all connections of a server share for turning into sockets.
final class WebSocketUpgrade: Sendable {
    let route: WebSocketRoute
    private let settings: WebSocketSettings
    private let loops = NIOLockedValueBox<[ObjectIdentifier: NIOLoopBound<WebSocketLoop>]>([:])

    init(route: WebSocketRoute) {
        self.route = route
        settings = WebSocketSettings(route.configuration)
    }

    /// Whether a request is for this route: any GET of its path, so that one without a handshake gets a 426.
    func concerns(_ head: HTTPRequest) -> Bool {
        guard head.method == .get, let path = head.path, path.hasPrefix(route.path) else { return false }
        return path.utf8.count == route.path.utf8.count
            || path.utf8.dropFirst(route.path.utf8.count).first == UInt8(ascii: "?")
    }

    func makeBridge(_ channel: any Channel) throws -> HTTPBridge {
        try NIOAsyncChannel(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    func makeConnection(on eventLoop: any EventLoop) -> WebSocketConnection {
        WebSocketConnection(loop: loop(for: eventLoop), settings: settings)
    }

    /// Fits a new channel to requests. A channel keeps the buffer it reads into for life, so the first one is just as
    /// large as most handshakes with a token.
    static func setOptions(ofNew channel: any Channel) {
        try? channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 65_536))
    }

    /// Fits a channel that carried HTTP to frames.
    func setOptions(of channel: any Channel) {
        guard let options = channel.syncOptions else { return }
        let high = max(1, route.configuration.highWaterMark)
        // One long message must not leave a large buffer behind it.
        try? options.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1_024, maximum: 4_096))
        // Fails only on a channel that is closed, which ends the connection anyway.
        try? options.setOption(.writeBufferWaterMark, value: .init(low: max(1, high / 2), high: high))
    }

    func response(to key: String, _ acceptance: WebSocketAcceptance) -> HTTPResponse {
        var fields = acceptance.headers
        fields[.upgrade] = "websocket"
        fields[.connection] = "Upgrade"
        fields[.secWebSocketAccept] = Handshake.acceptValue(for: key)
        fields[.secWebSocketProtocol] = acceptance.subprotocol
        return HTTPResponse(status: .switchingProtocols, headerFields: fields)
    }

    private func loop(for eventLoop: any EventLoop) -> WebSocketLoop {
        loops.withLockedValue { loops in
            if let known = loops[ObjectIdentifier(eventLoop)] { return known.value }
            let loop = WebSocketLoop(eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = NIOLoopBound(loop, eventLoop: eventLoop)
            return loop
        }
    }
}
