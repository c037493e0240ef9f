public import NIOCore
public import NIOPosix
import NIOSSL

/// Opens sockets to servers: `ws:` over TCP, `wss:` over TLS, HTTP/1.1, no proxies and no redirects.
///
/// The socket is the same `WebSocketConnection`, with the same kind of handler, as a server's. It masks every frame with
/// random bytes of the system's (RFC 6455 §5.3), and answers pings and closes by itself. Nothing is opened again by
/// itself when it ends.
public struct WebSocketClient: Sendable {
    public var configuration: WebSocketClientConfiguration
    private let group: any EventLoopGroup
    private let loops = WebSocketLoops()

    /// Sockets live on loops of `group`, which must outlive them.
    public init(
        _ configuration: WebSocketClientConfiguration = WebSocketClientConfiguration(),
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.configuration = configuration
        self.group = group
    }

    /// Opens a socket. `makeHandler` is called on its event loop when the server has agreed, right before `opened`; frames
    /// that came with the answer are read after that.
    ///
    /// Fails with `WebSocketClientError`, with what the network or TLS says, or with `CancellationError`. Whenever it fails
    /// the connection is gone; the handler is called only when it succeeds.
    @discardableResult
    public func connect(
        to url: String,
        makeHandler: @escaping @Sendable (WebSocketConnection, WebSocketAgreement) -> any WebSocketHandler
    ) async throws -> WebSocketConnection {
        let url = try WebSocketURL(url)
        let attempt = ConnectAttempt(
            handshake: ClientHandshake(to: url, configuration), configuration: configuration, loops: loops,
            makeHandler: makeHandler)
        let tls = url.isSecure ? try clientContext() : nil
        let eventLoop = group.next()
        return try await withTaskCancellationHandler {
            try await attempt.run(to: url, tls, on: eventLoop).get()
        } onCancel: {
            eventLoop.execute { attempt.cancel() }
        }
    }

    private func clientContext() throws -> NIOSSLContext {
        var tls = configuration.tls
        if tls.applicationProtocols.isEmpty { tls.applicationProtocols = ["http/1.1"] }
        return try NIOSSLContext(configuration: tls)
    }
}
