import DomainKit
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What the edge does on a connection itself, below any request.
///
/// - Answers `Expect: 100-continue` (RFC 9110 §10.1.1), which Hummingbird leaves to its user: without it clients such
///   as curl hold back larger bodies for a second.
/// - Gives the answer to broken HTTP its problem body. Hummingbird notices the parser's error and writes an empty 400
///   on its own, past every responder; this is where that answer can still be dressed.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var isBroken = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data),
            head.headerFields[.expect]?.lowercased() == "100-continue"
        {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { isBroken = true }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isBroken, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentLength] == "0"
        else {
            context.write(data, promise: promise)
            return
        }
        isBroken = false
        let (dressed, body) = ConnectionGuard.problem(replacing: head)
        context.write(wrapOutboundOut(.head(dressed)), promise: promise)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
    }

    private static func problem(replacing head: HTTPResponse) -> (HTTPResponse, ByteBuffer) {
        let failure = Failure(
            .invalidInput, code: "platform.malformed-http", message: "This is not HTTP as RFC 9112 has it.")
        let scope = RequestScope(HTTPFields())
        let body = JSONWriter.buffer(of: Problem(failure, instance: "", requestID: scope.requestID))
        var head = head
        head.headerFields[.contentType] = Problem.contentType
        head.headerFields[.contentLength] = String(body.readableBytes)
        head.headerFields[.xRequestID] = scope.requestID
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.xContentTypeOptions] = "nosniff"
        return (head, body)
    }
}
