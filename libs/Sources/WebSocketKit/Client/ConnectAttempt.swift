import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOPosix
import NIOSSL

/// One try to open a socket: connection, TLS, handshake, under one limit of time.
// @unchecked: what changes is touched on the attempt's event loop only.
final class ConnectAttempt: @unchecked Sendable {
    typealias MakeHandler = @Sendable (WebSocketConnection, WebSocketAgreement) -> any WebSocketHandler

    private let handshake: ClientHandshake
    private let configuration: WebSocketClientConfiguration
    private let loops: WebSocketLoops
    private let makeHandler: MakeHandler
    private var opened: EventLoopPromise<WebSocketConnection>?
    private var channel: (any Channel)?
    private var isOver = false

    init(
        handshake: ClientHandshake, configuration: WebSocketClientConfiguration, loops: WebSocketLoops,
        makeHandler: @escaping MakeHandler
    ) {
        self.handshake = handshake
        self.configuration = configuration
        self.loops = loops
        self.makeHandler = makeHandler
    }

    func run(
        to url: WebSocketURL, _ tls: NIOSSLContext?, on eventLoop: any EventLoop
    ) -> EventLoopFuture<WebSocketConnection> {
        eventLoop.flatSubmit {
            let opened = eventLoop.makePromise(of: WebSocketConnection.self)
            // Cancelled before it began.
            if self.isOver { opened.fail(CancellationError()) } else { self.start(to: url, tls, on: eventLoop, opened) }
            return opened.futureResult
        }
    }

    private func start(
        to url: WebSocketURL, _ tls: NIOSSLContext?, on eventLoop: any EventLoop,
        _ opened: EventLoopPromise<WebSocketConnection>
    ) {
        self.opened = opened
        let limit = eventLoop.scheduleTask(in: TimeAmount(configuration.handshakeTimeout)) {
            self.fail(WebSocketClientError.timedOut)
        }
        opened.futureResult.whenComplete { _ in limit.cancel() }
        ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .connect(host: url.host, port: url.port)
            .whenComplete { result in
                do {
                    try self.connected(try result.get(), url, tls)
                } catch ChannelError.connectTimeout {
                    self.fail(WebSocketClientError.timedOut)
                } catch {
                    self.fail(error)
                }
            }
    }

    /// Not earlier: of several addresses that are tried at once only the one that is kept must say anything.
    private func connected(_ channel: any Channel, _ url: WebSocketURL, _ tls: NIOSSLContext?) throws {
        self.channel = channel
        // Cancelled, or too late, while it connected.
        if isOver { return channel.close(promise: nil) }
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            let isAddress = (try? SocketAddress(ipAddress: url.host, port: url.port)) != nil
            // Without a name the certificate is held against the peer's address.
            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : url.host))
        }
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let others: [any RemovableChannelHandler] = [HTTPRequestEncoder(), HTTP1ToHTTPClientCodec()]
        try pipeline.addHandlers([others[0], decoder, others[1]])
        try pipeline.addHandler(
            ClientHandshakeHandler(
                request: handshake.request, maximumRefusalBytes: configuration.maximumRefusalBytes,
                waitsForTLS: tls != nil
            ) { handler, outcome in
                do {
                    try self.leaveHTTP(channel, response: try outcome.get(), decoder, others + [handler])
                } catch {
                    self.fail(error)
                }
            })
    }

    /// Takes everything that spoke HTTP out. The parser goes later than it is told to, hands on what it has read beyond the
    /// answer, and takes no frames to write until it is gone: those bytes are held until then.
    private func leaveHTTP(
        _ channel: any Channel, response: HTTPResponse, _ decoder: any RemovableChannelHandler,
        _ others: [any RemovableChannelHandler]
    ) throws {
        let (agreement, transform) = try handshake.agree(to: response)
        let pipeline = channel.pipeline.syncOperations
        let held = HeldBytes()
        try pipeline.addHandler(held)
        for handler in others { pipeline.removeHandler(handler, promise: nil) }
        let isGone = channel.eventLoop.makePromise(of: Void.self)
        isGone.futureResult.assumeIsolated().whenComplete { _ in
            self.become(channel, agreement, transform, held)
        }
        pipeline.removeHandler(decoder, promise: isGone)
    }

    private func become(
        _ channel: any Channel, _ agreement: WebSocketAgreement, _ transform: FrameTransform, _ held: HeldBytes
    ) {
        guard !isOver else { return }
        do {
            guard channel.isActive else { throw WebSocketClientError.connectionClosed }
            let connection = WebSocketConnection(
                loop: loops.loop(on: channel.eventLoop),
                settings: WebSocketSettings(configuration.socket, isClient: true), transform: transform)
            try channel.pipeline.syncOperations.addHandler(WebSocketChannelHandler(connection, hasBridge: false))
            configuration.socket.setOptions(of: channel)
            isOver = true
            connection.open(with: makeHandler(connection, agreement))
            held.release(in: channel.pipeline.syncOperations)
            opened?.succeed(connection)
        } catch {
            fail(error)
        }
    }

    func cancel() { fail(CancellationError()) }

    /// Does nothing once the attempt is over.
    private func fail(_ error: any Error) {
        guard !isOver else { return }
        isOver = true
        opened?.fail(error)
        channel?.close(promise: nil)
    }
}

/// Keeps what arrives while there is nobody to take it.
private final class HeldBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var bytes: [NIOAny] = []

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes.append(data)
    }

    /// Hands it on, and leaves.
    func release(in pipeline: ChannelPipeline.SynchronousOperations) {
        if let context = try? pipeline.context(handler: self) {
            for data in bytes { context.fireChannelRead(data) }
            if !bytes.isEmpty { context.fireChannelReadComplete() }
        }
        pipeline.removeHandler(self, promise: nil)
    }
}
