import NIOCore

/// The only handler of a channel that has become a socket: passes on what happens to its connection.
final class WebSocketChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never

    let connection: WebSocketConnection
    /// A bridge that ordinary requests were read from is left behind this handler. It closes the channel when it
    /// ends, which is no business of the socket's.
    private let hasBridge: Bool

    init(_ connection: WebSocketConnection, hasBridge: Bool) {
        self.connection = connection
        self.hasBridge = hasBridge
    }

    func handlerAdded(context: ChannelHandlerContext) {
        connection.attached(to: context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        connection.detached()
    }

    /// Lets the bridge know that it has read its last request.
    func endBridge(context: ChannelHandlerContext) {
        guard hasBridge else { return }
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.read(unwrapInboundIn(data))
    }

    /// A channel that reads by itself asks at the end of the pipeline for more, where a bridge that has ended lets
    /// nothing pass: without this the first frame would be the last one read.
    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasBridge { return context.fireChannelReadComplete() }
        if !connection.isReadingPaused { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        connection.writabilityChanged(to: context.channel.isWritable)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: connection.inputClosed()
        case is ChannelShouldQuiesceEvent: connection.drain()
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        connection.failed(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.end()
        context.fireChannelInactive()
    }

    /// Closes that come from behind this handler; the connection's own do not pass here.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if hasBridge {
            promise?.succeed()
        } else {
            context.close(mode: mode, promise: promise)
        }
    }
}
