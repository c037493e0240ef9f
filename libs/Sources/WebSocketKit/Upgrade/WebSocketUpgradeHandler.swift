import DomainKit
import HTTPKit
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// Stands in the HTTP pipeline and tells handshakes from ordinary requests.
///
/// Ordinary requests go on to Hummingbird through a bridge that is made for the first of them; a connection that
/// opens a socket at once never has one, nor a task. A handshake after ordinary requests on a kept-alive connection,
/// as gateways send them, waits until those have been answered.
final class WebSocketUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Passes requests on.
        case serving
        /// A handshake's parts come in, or it waits for earlier responses.
        case reading(HTTPRequest, isComplete: Bool)
        case deciding(Task<Void, Never>)
        /// Refused, or upgraded: nothing counts any more.
        case done
    }

    private let upgrade: WebSocketUpgrade
    private let handlers: HTTPHandlers
    private var state = State.serving
    private var bridge: EventLoopPromise<HTTPBridge?>?
    private var requestsInFlight = 0
    /// The parser reads nothing after a request that names another protocol, so no other request can follow.
    private var closesAfterResponse = false
    private var isDraining = false
    /// The channel wants to read, while the answer to a handshake is being found.
    private var owesRead = false

    private let logger: Logger

    init(upgrade: WebSocketUpgrade, handlers: HTTPHandlers, bridge: EventLoopPromise<HTTPBridge?>, logger: Logger) {
        self.upgrade = upgrade
        self.handlers = handlers
        self.bridge = bridge
        self.logger = logger
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        if case .deciding(let task) = state { task.cancel() }
        state = .done
        bridge.take()?.succeed(nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .deciding(let task) = state { task.cancel() }
        state = .done
        bridge.take()?.succeed(nil)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (state, part) {
        case (.serving, .head(let head)) where upgrade.concerns(head):
            // One with a body is refused as soon as its head is there.
            state = .reading(head, isComplete: Handshake.hasBody(head))
            decideWhenReady(context: context)
        case (.serving, _):
            pass(part, context: context)
        case (.reading(let head, _), .end):
            state = .reading(head, isComplete: true)
            decideWhenReady(context: context)
        case (.reading, .head), (.reading, .body), (.deciding, _), (.done, _):
            break
        }
    }

    /// Nothing is read between a handshake and its answer: what a peer sends too early waits in its own buffers.
    func read(context: ChannelHandlerContext) {
        switch state {
        case .reading(_, isComplete: true), .deciding: owesRead = true
        case .serving, .reading, .done: context.read()
        }
    }

    private func pass(_ part: HTTPRequestPart, context: ChannelHandlerContext) {
        makeBridge(context: context)
        if case .head(let head) = part {
            requestsInFlight += 1
            closesAfterResponse = closesAfterResponse || !head.headerFields.list(.upgrade).isEmpty
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    /// Sets up what Hummingbird reads requests from, once.
    private func makeBridge(context: ChannelHandlerContext) {
        guard let promise = bridge.take() else { return }
        do {
            promise.succeed(try upgrade.makeBridge(context.channel))
        } catch {
            promise.fail(error)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A first request that cannot be parsed: its 400 is Hummingbird's to write.
        if case .serving = state { makeBridge(context: context) }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        requestsInFlight -= 1
        if closesAfterResponse && requestsInFlight == 0 {
            context.writeAndFlush(data, promise: promise)
            return context.close(promise: nil)
        }
        context.write(data, promise: promise)
        decideWhenReady(context: context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (is ChannelShouldQuiesceEvent, .reading), (is ChannelShouldQuiesceEvent, .deciding):
            isDraining = true
        case (ChannelEvent.inputClosed, .reading), (ChannelEvent.inputClosed, .deciding):
            context.close(promise: nil)
        case (ChannelEvent.inputClosed, .serving) where bridge != nil:
            // Nothing was asked and nothing will be.
            context.close(promise: nil)
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }
}

// MARK: - The handshake

extension WebSocketUpgradeHandler {
    /// A handshake whose answer is being found.
    private struct Pending: Sendable {
        var head: HTTPRequest
        var key: String
        var scope: RequestScope
        var start: NIODeadline
    }

    private func decideWhenReady(context: ChannelHandlerContext) {
        guard case .reading(let head, isComplete: true) = state, requestsInFlight == 0 else { return }
        let (scope, start) = (RequestScope(head.headerFields), NIODeadline.now())
        let key: String
        do {
            key = try Handshake.key(of: head)
        } catch {
            return refuse(error, Pending(head: head, key: "", scope: scope, start: start), context: context)
        }
        let pending = Pending(head: head, key: key, scope: scope, start: start)
        let request = WebSocketRequest(
            head: head, scope: scope, remoteAddress: context.channel.remoteAddress, eventLoop: context.eventLoop)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let (accept, eventLoop) = (upgrade.route.accept, context.eventLoop)
        state = .deciding(
            Task {
                let outcome: Result<WebSocketAcceptance, any Error>
                do {
                    outcome = .success(try await scope.bind { try await accept(request) })
                } catch {
                    outcome = .failure(error)
                }
                eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.decided(outcome, pending, context: context)
                }
            })
    }

    private func decided(
        _ outcome: Result<WebSocketAcceptance, any Error>, _ pending: Pending, context: ChannelHandlerContext
    ) {
        guard case .deciding = state, context.channel.isActive else { return }
        switch outcome {
        case .success where isDraining:
            refuse(HandshakeRefusal(failure: .unavailable("server")), pending, context: context)
        case .success(let acceptance):
            tell(pending, status: .switchingProtocols, context: context)
            become(acceptance, key: pending.key, context: context)
        case .failure(let error):
            refuse(HandshakeRefusal(error), pending, context: context)
        }
    }

    /// Answers 101 and puts a socket in the place of everything that spoke HTTP.
    private func become(_ acceptance: WebSocketAcceptance, key: String, context: ChannelHandlerContext) {
        state = .done
        let pipeline = context.pipeline.syncOperations
        let connection = upgrade.makeConnection(on: context.eventLoop)
        let socket = WebSocketChannelHandler(connection, hasBridge: bridge == nil)
        do {
            context.write(wrapOutboundOut(.head(upgrade.response(to: key, acceptance))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            try pipeline.addHandler(socket, position: .after(self))
            upgrade.setOptions(of: context.channel)
            handlers.removeAllButDecoder(from: pipeline, upgrade: self)
        } catch {
            return context.close(promise: nil)
        }
        connection.open(with: acceptance.makeHandler(connection))
        handlers.removeDecoder(from: pipeline)
        if owesRead { context.channel.read() }
        if let context = try? pipeline.context(handler: socket) { socket.endBridge(context: context) }
    }

    private func tell(_ pending: Pending, status: HTTPResponse.Status, context: ChannelHandlerContext) {
        upgrade.route.answered?(
            AnsweredHandshake(
                head: pending.head, status: status, scope: pending.scope, time: .now() - pending.start,
                remoteAddress: context.channel.remoteAddress))
    }

    private func refuse(_ refusal: HandshakeRefusal, _ pending: Pending, context: ChannelHandlerContext) {
        state = .done
        if refusal.failure.kind == .fault {
            logger.error("handshake failed", metadata: ["cause": "\(String(reflecting: refusal.failure.cause))"])
        }
        let (response, body) = refusal.response(
            to: pending.head, scope: pending.scope, typeBase: upgrade.route.problemTypeBase)
        tell(pending, status: response.status, context: context)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}
