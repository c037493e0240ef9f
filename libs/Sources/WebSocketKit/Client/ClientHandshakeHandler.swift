import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOTLS

/// Sends a handshake when the connection stands, and collects the answer.
final class ClientHandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPRequestPart

    private let request: HTTPRequest
    private let maximumRefusalBytes: Int
    private let waitsForTLS: Bool
    /// A 101, or why there is none. Called once, in the pipeline.
    private var answered: ((ClientHandshakeHandler, Result<HTTPResponse, any Error>) -> Void)?
    private var received: (head: HTTPResponse, body: ByteBuffer)?

    init(
        request: HTTPRequest, maximumRefusalBytes: Int, waitsForTLS: Bool,
        answered: @escaping (ClientHandshakeHandler, Result<HTTPResponse, any Error>) -> Void
    ) {
        self.request = request
        self.maximumRefusalBytes = maximumRefusalBytes
        self.waitsForTLS = waitsForTLS
        self.answered = answered
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard context.channel.isActive else { return answer(.failure(WebSocketClientError.connectionClosed)) }
        if !waitsForTLS { send(context) }
    }

    /// The certificate is checked before anything is said, tokens in the request above all.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { send(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func send(_ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): received = (head, ByteBuffer())
        case .body(var part):
            let room = max(0, maximumRefusalBytes - (received?.body.readableBytes ?? 0))
            if var piece = part.readSlice(length: min(room, part.readableBytes)) {
                received?.body.writeBuffer(&piece)
            }
            if part.readableBytes > 0 { answerReceived() }
        case .end: answerReceived()
        }
    }

    private func answerReceived() {
        guard let (head, body) = received else { return }
        if head.status == .switchingProtocols {
            answer(.success(head))
        } else {
            answer(.failure(WebSocketClientError.refused(head, body: body)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.invalidEOFState: answer(.failure(WebSocketClientError.connectionClosed))
        case is HTTPParserError: answer(.failure(WebSocketClientError.invalidHandshake("the answer is no HTTP")))
        default: answer(.failure(error))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // A refusal whose body is cut off is one all the same.
        if received?.head.status != .switchingProtocols { answerReceived() }
        answer(.failure(WebSocketClientError.connectionClosed))
        context.fireChannelInactive()
    }

    private func answer(_ result: Result<HTTPResponse, any Error>) {
        guard let answered = answered.take() else { return }
        answered(self, result)
    }
}
