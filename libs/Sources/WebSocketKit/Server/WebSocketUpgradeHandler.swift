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
        case reading(HTTPRequest, ServedRoute, isComplete: Bool)
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
        case (.serving, .head(let head)):
            guard let served = upgrade.route(for: head) else { return pass(part, context: context) }
            // One with a body is refused as soon as its head is there.
            state = .reading(head, served, isComplete: Handshake.hasBody(head))
            decideWhenReady(context: context)
        case (.serving, _):
            pass(part, context: context)
        case (.reading(let head, let served, _), .end):
            state = .reading(head, served, isComplete: true)
            decideWhenReady(context: context)
        case (.reading, .head), (.reading, .body), (.deciding, _), (.done, _):
            break
        }
    }

    /// Nothing is read between a handshake and its answer: what a peer sends too early waits in its own buffers.
    func read(context: ChannelHandlerContext) {
        switch state {
        case .reading(_, _, isComplete: true), .deciding: owesRead = true
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
        var served: ServedRoute
        var opening: any OpeningHandshake
        var start: NIODeadline
    }

    private func decideWhenReady(context: ChannelHandlerContext) {
        guard case .reading(let head, let served, isComplete: true) = state, requestsInFlight == 0 else { return }
        let pending = Pending(served: served, opening: served.route.opening(head), start: .now())
        let offer: Handshake.Offer
        do {
            offer = try Handshake.offer(in: head, for: served.route)
        } catch {
            return refuse(error, pending, context: context)
        }
        let request = WebSocketRequest(
            head: head, subprotocol: offer.subprotocol, remoteAddress: context.channel.remoteAddress,
            eventLoop: context.eventLoop)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        state = .deciding(
            Task { [eventLoop = context.eventLoop] in
                let outcome: Result<WebSocketAcceptance, any Error>
                do {
                    outcome = .success(try await pending.opening.accept(request))
                } catch {
                    outcome = .failure(error)
                }
                eventLoop.execute {
                    let (handler, context) = bound.value
                    handler.decided(outcome, offer, pending, context: context)
                }
            })
    }

    private func decided(
        _ outcome: Result<WebSocketAcceptance, any Error>, _ offer: Handshake.Offer, _ pending: Pending,
        context: ChannelHandlerContext
    ) {
        guard case .deciding = state, context.channel.isActive else { return }
        switch outcome {
        case .success where isDraining: refuse(.stopping, pending, context: context)
        case .success(let acceptance): become(acceptance, offer, pending, context: context)
        case .failure(let error): refuse(.refused(error), pending, context: context)
        }
    }

    /// Answers 101 and puts a socket in the place of everything that spoke HTTP.
    private func become(
        _ acceptance: WebSocketAcceptance, _ offer: Handshake.Offer, _ pending: Pending, context: ChannelHandlerContext
    ) {
        state = .done
        tell(pending, .switchingProtocols, context: context)
        let pipeline = context.pipeline.syncOperations
        let agreed = pending.served.agree(to: offer, acceptance)
        let connection = WebSocketConnection(
            loop: upgrade.loops.loop(on: context.eventLoop), settings: pending.served.settings,
            transform: agreed.transform)
        let socket = WebSocketChannelHandler(connection, hasBridge: bridge == nil)
        do {
            context.write(wrapOutboundOut(.head(agreed.response)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            try pipeline.addHandler(socket, position: .after(self))
            pending.served.route.configuration.setOptions(of: context.channel)
            handlers.removeAllButDecoder(from: pipeline, upgrade: self)
        } catch {
            return context.close(promise: nil)
        }
        connection.open(with: acceptance.makeHandler(connection))
        handlers.removeDecoder(from: pipeline)
        if owesRead { context.channel.read() }
        if let context = try? pipeline.context(handler: socket) { socket.endBridge(context: context) }
    }

    private func tell(_ pending: Pending, _ status: HTTPResponse.Status, context: ChannelHandlerContext) {
        let time = Duration(.now() - pending.start)
        pending.opening.answered(status, after: time, to: context.channel.remoteAddress)
    }

    private func refuse(_ failure: HandshakeFailure, _ pending: Pending, context: ChannelHandlerContext) {
        state = .done
        let refusal = pending.opening.refusal(for: failure, logger: logger)
        tell(pending, refusal.status, context: context)
        context.write(wrapOutboundOut(.head(refusal.response(adding: failure.fields))), promise: nil)
        context.write(wrapOutboundOut(.body(refusal.body)), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}
