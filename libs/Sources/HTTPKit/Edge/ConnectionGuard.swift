import DomainKit
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// What the edge does on a connection itself, below any request.
///
/// - Answers `Expect: 100-continue` (RFC 9110 §10.1.1), which Hummingbird leaves to its user: without it clients such
///   as curl hold back larger bodies for a second. Behind other requests it waits until those are answered.
/// - Gives the answer to broken HTTP its status and its problem body. Hummingbird notices the parser's error and writes
///   an empty 400 on its own, past every responder; this is where that answer can still be dressed.
/// - Ends the connection after an answer that says so, or that somebody goes on sending a body after.
/// - Brings a `MessageGuard` along, which stands before the codec and goes when this one goes.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let messages = MessageGuard()
    private var fault: MessageFault?
    /// Requests that came and are not answered to the end.
    private var unanswered = 0
    /// How many of them must be before a body is asked for; nil when none is to be.
    private var answersBeforeContinue: Int?
    private var end = ConnectionEnd()

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        try? pipeline.addHandler(messages, position: .before(codec))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        context.pipeline.syncOperations.removeHandler(messages, promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch end.received(part) {
        case .goOn: break
        case .discard: return
        case .close: return context.close(promise: nil)
        }
        if case .head(let head) = part {
            if head.headerFields[.expect]?.lowercased() == "100-continue" {
                if unanswered == 0 { askForBody(context) } else { answersBeforeContinue = unanswered }
            }
            unanswered += 1
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let found as MessageFault:
            fault = fault ?? found
            // What Hummingbird ends a connection for, once it has answered what came before.
            context.fireErrorCaught(HTTPParserError.unknown)
        case let broken as HTTPParserError:
            fault = fault ?? MessageFault(broken)
            context.fireErrorCaught(error)
        default: context.fireErrorCaught(error)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        if end.endsAfter(part) { return writeLast(data, context, promise) }
        switch part {
        case .head(let head)
        where fault != nil && head.status == .badRequest && head.headerFields[.contentLength] == "0":
            refuse(head, context)
        case .end:
            context.write(data, promise: promise)
            answered(context)
        default: context.write(data, promise: promise)
        }
    }

    private func writeLast(_ data: NIOAny, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let written = promise ?? context.eventLoop.makePromise()
        context.write(data, promise: written)
        written.futureResult.assumeIsolated().whenComplete { [self] _ in
            guard case .discard = end.finished() else { return context.close(promise: nil) }
            context.eventLoop.assumeIsolated().scheduleTask(in: ConnectionEnd.patience) { context.close(promise: nil) }
        }
    }

    private func answered(_ context: ChannelHandlerContext) {
        unanswered = max(0, unanswered - 1)
        if unanswered == 0 { end.caughtUp() }
        guard let left = answersBeforeContinue else { return }
        answersBeforeContinue = left > 1 ? left - 1 : nil
        if left <= 1 { askForBody(context) }
    }

    private func askForBody(_ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func refuse(_ plain: HTTPResponse, _ context: ChannelHandlerContext) {
        guard let fault else { return }
        self.fault = nil
        let scope = RequestScope(HTTPFields())
        let problem = Problem(fault.failure, status: fault.status, instance: "", requestID: scope.requestID)
        let body = JSONWriter.buffer(of: problem)
        var head = plain
        head.status = fault.status
        head.headerFields[.contentType] = Problem.contentType
        head.headerFields[.contentLength] = String(body.readableBytes)
        head.headerFields[.xRequestID] = scope.requestID
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.xContentTypeOptions] = "nosniff"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
    }
}
