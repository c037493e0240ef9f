import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// The handlers that speak HTTP on a channel, kept to be taken out again when it becomes a socket.
struct HTTPHandlers {
    private let encoder = HTTPResponseEncoder()
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let codec = HTTP1ToHTTPServerCodec(secure: false)
    private let additional: [any RemovableChannelHandler]
    private let connectionState: HTTPConnectionStateHandler

    init(_ configuration: HTTP1Channel.Configuration, logger: Logger) {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.httpDecoder.maxHeaderFieldSize
        limits.maxHeaderListSize = configuration.httpDecoder.maxHeaderListSize
        limits.maxHeaderFieldCount = configuration.httpDecoder.maxHeaderFieldCount
        decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        additional = configuration.additionalChannelHandlers()
        connectionState = HTTPConnectionStateHandler(
            idleTimeout: configuration.idleTimeout.map { Duration($0) }, logger: logger)
    }

    /// The pipeline of Hummingbird's `HTTP1Channel`, with `upgrade` right behind the codec.
    func add(to pipeline: ChannelPipeline.SynchronousOperations, upgrade: WebSocketUpgradeHandler) throws {
        try pipeline.addHandlers([encoder, decoder, codec, upgrade])
        try pipeline.addHandlers(additional)
        try pipeline.addHandler(connectionState)
    }

    /// Takes out everything but the parser, so that what is written goes to the wire as it is.
    func removeAllButDecoder(
        from pipeline: ChannelPipeline.SynchronousOperations, upgrade: WebSocketUpgradeHandler
    ) {
        let handlers: [any RemovableChannelHandler] = additional + [connectionState, upgrade, codec, encoder]
        for handler in handlers { pipeline.removeHandler(handler, promise: nil) }
    }

    /// Takes out the parser: bytes it has read beyond the handshake go on to the socket.
    func removeDecoder(from pipeline: ChannelPipeline.SynchronousOperations) {
        pipeline.removeHandler(decoder, promise: nil)
    }
}
