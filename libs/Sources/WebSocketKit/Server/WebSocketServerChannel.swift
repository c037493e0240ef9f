import HTTPTypes
public import HummingbirdCore
public import Logging
public import NIOCore
import NIOHTTPTypes

/// A server's connections: HTTP/1.1 for Hummingbird, and sockets on some paths.
///
/// Until a connection's first request is read nothing but the parser is set up; a connection that asks for a socket
/// never gets what an HTTP connection needs, and its task ends with the handshake.
public struct WebSocketServerChannel: HTTPChannelHandler {
    public let responder: Responder
    private let upgrade: WebSocketUpgrade
    private let configuration: HTTP1Channel.Configuration

    init(responder: @escaping Responder, upgrade: WebSocketUpgrade, configuration: HTTP1Channel.Configuration) {
        self.responder = responder
        self.upgrade = upgrade
        self.configuration = configuration
    }

    /// One accepted connection, which may not have said yet what it wants.
    public struct Value: ServerChildChannelValue {
        public let channel: any Channel
        /// Nil when it became a socket, or was closed before.
        let bridge: EventLoopFuture<HTTPBridge?>
    }

    public func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            WebSocketUpgrade.setOptions(ofNew: channel)
            let bridge = channel.eventLoop.makePromise(of: HTTPBridge?.self)
            let handlers = HTTPHandlers(configuration, logger: logger)
            let handler = WebSocketUpgradeHandler(
                upgrade: upgrade, handlers: handlers, bridge: bridge, logger: logger)
            do {
                try handlers.add(to: channel.pipeline.syncOperations, upgrade: handler)
            } catch {
                bridge.fail(error)
                throw error
            }
            return Value(channel: channel, bridge: bridge.futureResult)
        }
    }

    public func handle(value: Value, logger: Logger) async {
        do {
            guard let bridge = try await value.bridge.get() else { return }
            await handleHTTP(asyncChannel: bridge, logger: logger)
        } catch {
            logger.debug("A connection could not be set up", metadata: ["error": "\(error)"])
        }
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1, and WebSockets on `routes`, of which each needs a path of its own. Where none of them is meant the request
    /// is the router's. For TLS, put it into Hummingbird's `.tls`.
    public static func http1WebSocketUpgrade(
        _ routes: WebSocketRoute..., configuration: HTTP1Channel.Configuration = .init()
    ) -> HTTPServerBuilder {
        let upgrade = WebSocketUpgrade(routes: routes)
        return HTTPServerBuilder { responder in
            WebSocketServerChannel(responder: responder, upgrade: upgrade, configuration: configuration)
        }
    }
}
