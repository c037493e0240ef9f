internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS

/// Asks one thing at a time and gives the server's reply to who asked. Lives on the channel's event loop.
///
/// Whatever comes unasked ends the connection, so no answer is ever taken for that to another question.
final class SMTPDialogue: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Question {
        let number: Int
        let promise: EventLoopPromise<SMTPReply>
        var limit: Scheduled<Void>?
        var isSent = false
        /// What the connection is encrypted with once the reply is 220.
        var encryption: SMTPEncryption?
        /// That reply, while the handshake is under way.
        var agreed: SMTPReply?
    }

    private let eventLoop: any EventLoop
    private let greetingLimit: TimeAmount
    private var parser = SMTPReplyParser()
    private var context: ChannelHandlerContext?
    private var question: Question?
    private var asked = 0
    private var idle: Scheduled<Void>?
    private var end: SMTPLoss?

    /// The server's first reply, or a loss.
    let greeting: EventLoopFuture<SMTPReply>

    init(on eventLoop: any EventLoop, greetingWithin limit: TimeAmount) {
        self.eventLoop = eventLoop
        greetingLimit = limit
        let promise = eventLoop.makePromise(of: SMTPReply.self)
        greeting = promise.futureResult
        question = Question(number: 0, promise: promise, isSent: true)
    }

    var isOpen: Bool { end == nil && context != nil }

    /// Sends `bytes` and answers with the reply. Fails: `SMTPLoss`. There must be no other question.
    func ask(
        _ bytes: ByteBuffer, within limit: TimeAmount, encryption: SMTPEncryption? = nil
    ) -> EventLoopFuture<SMTPReply> {
        let promise = eventLoop.makePromise(of: SMTPReply.self)
        guard let context, end == nil, question == nil else {
            promise.fail(end ?? SMTPLoss(reason: "two questions at once"))
            return promise.futureResult
        }
        asked += 1
        let number = asked
        question = Question(number: number, promise: promise, encryption: encryption)
        question?.limit = limited(limit, context)
        context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenSuccess { [self] in
            if question?.number == number { question?.isSent = true }
        }
        return promise.futureResult
    }

    /// Nothing is under way: says goodbye when that lasts.
    func rest(for time: TimeAmount) {
        guard let context, end == nil else { return }
        idle?.cancel()
        idle = context.eventLoop.assumeIsolated().scheduleTask(in: time) { [self] in quit() }
    }

    /// Whether the connection can be used; it is no longer idle then.
    func wake() -> Bool {
        idle?.cancel()
        idle = nil
        return isOpen
    }

    /// Says goodbye and does not wait for the answer.
    func quit() {
        guard let context, end == nil else { return }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "QUIT\r\n")), promise: nil)
        finish(SMTPLoss(reason: "the connection was given back"))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        question?.limit = limited(greetingLimit, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        finish(SMTPLoss(reason: "the connection ended"))
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(SMTPLoss(reason: "the server closed the connection"))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(SMTPLoss(connecting: error))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.handshakeCompleted) = event as? TLSUserEvent, let agreed = question?.agreed { answer(agreed) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        parser.feed(unwrapInboundIn(data))
        do throws(SMTPSyntaxError) {
            while end == nil, let reply = try parser.next() { take(reply, context) }
        } catch {
            finish(SMTPLoss(reason: error.reason))
        }
    }

    private func take(_ reply: SMTPReply, _ context: ChannelHandlerContext) {
        guard let question, question.agreed == nil else {
            return finish(SMTPLoss(reason: reply.code == 421 ? "the server is going away" : "a reply to nothing"))
        }
        guard let encryption = question.encryption, reply.code == 220 else {
            answer(reply)
            // An early refusal: the rest of the message still goes its way, and nothing may follow it.
            if !question.isSent { finish(SMTPLoss(reason: "answered before the end")) }
            return
        }
        // RFC 3207 §6, CVE-2011-0411: what came in the clear behind this reply must not be taken for what came
        // encrypted.
        guard !parser.hasRest else {
            return finish(SMTPLoss(reason: "bytes in the clear behind the answer to STARTTLS", needsOperator: true))
        }
        do {
            self.question?.agreed = reply
            try context.pipeline.syncOperations.addHandler(encryption.handler(), position: .first)
        } catch {
            finish(SMTPLoss(connecting: error))
        }
    }

    private func answer(_ reply: SMTPReply) {
        guard let question else { return }
        self.question = nil
        question.limit?.cancel()
        question.promise.succeed(reply)
    }

    private func limited(_ limit: TimeAmount, _ context: ChannelHandlerContext) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [self] in
            finish(SMTPLoss(reason: "no answer in time"))
        }
    }

    /// The first reason counts.
    private func finish(_ loss: SMTPLoss) {
        guard end == nil else { return }
        end = loss
        idle?.cancel()
        let open = question
        question = nil
        open?.limit?.cancel()
        open?.promise.fail(
            SMTPLoss(reason: loss.reason, isSent: open?.isSent ?? false, needsOperator: loss.needsOperator))
        context?.close(promise: nil)
    }
}

extension SMTPLoss {
    /// Why a connection could not be opened or went on, without host, port or file: those belong to the configuration.
    init(connecting error: any Error) {
        switch error {
        case let loss as SMTPLoss: self = loss
        case let error as NIOConnectionError:
            let last = error.connectionErrors.last.map { SMTPLoss(connecting: $0.error).reason }
            self.init(reason: last ?? "the host's name is not known")
        case let error as IOError: self.init(reason: "the connection failed (\(error.errnoCode))")
        case ChannelError.connectTimeout: self.init(reason: "no connection in time")
        case is NIOSSLError, is BoringSSLError:
            self.init(reason: "TLS failed, or the server's certificate is not trusted", needsOperator: true)
        case is NIOSSLExtraError: self.init(reason: "the certificate is for another name", needsOperator: true)
        default: self.init(reason: "the connection failed (\(type(of: error)))")
        }
    }
}
