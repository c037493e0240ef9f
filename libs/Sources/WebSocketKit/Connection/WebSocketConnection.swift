public import NIOCore

/// One open socket, a server's or a client's: the handle an application sends and closes with.
///
/// `send`, `ping`, `close`, `abort` and `setReading` may be called from anywhere; on the connection's own event loop they act at
/// once, from elsewhere after a hop, in the order of the calls. To write one message to many sockets, hop once to each
/// loop and call `send` for all of them there: the flushes of a turn of the loop are joined.
///
/// After a close frame was sent no further frame is, whatever is called (RFC 6455 §5.5.1).
// @unchecked: everything that changes is touched on `eventLoop` only; the public calls hop there.
public final class WebSocketConnection: @unchecked Sendable {
    private enum Phase {
        case opening
        case open
        /// Our close frame is sent; the peer's is awaited. Its data is read and dropped.
        case closing
        case closed
    }

    let loop: WebSocketLoop
    let settings: WebSocketSettings
    /// What frames need beyond being passed on; nil on a server's socket without extensions.
    private let transform: FrameTransform?
    private var context: ChannelHandlerContext?
    private var handler: (any WebSocketHandler)?
    private var reader = FrameReader()
    var timerPosition: TimerWheel.Position?
    private var phase = Phase.opening
    private var closeCode = WebSocketCloseCode.abnormal
    private var direct: DirectSocket?
    /// A frame that goes past the channel at the next flush, unless another one follows before.
    private var held: ByteBuffer?
    /// The channel has bytes that were not sent yet: nothing may overtake them.
    private var isQueueing = false
    private var isAwaitingFlush = false
    private var isWritable = true
    private var wasHeard = false
    private var isPinged = false
    private var isDraining = false
    private(set) var isReadingPaused = false
    /// The stream cannot be read any further; what comes is dropped.
    private var isBroken = false

    init(loop: WebSocketLoop, settings: WebSocketSettings, transform: FrameTransform? = nil) {
        self.loop = loop
        self.settings = settings
        self.transform = transform
    }

    /// The event loop the handler is called on.
    public var eventLoop: any EventLoop { loop.eventLoop }

    /// Sends a message, after all that were sent before. Does nothing once the socket is closing.
    ///
    /// Nothing tells whether the peer has got it, and nothing is refused for a slow peer: the handler's
    /// `writabilityChanged` and `fellBehind` are the measure.
    public func send(_ frame: EncodedFrame) {
        if loop.eventLoop.inEventLoop {
            write(frame)
        } else {
            loop.eventLoop.execute { self.write(frame) }
        }
    }

    public func send(text: String) {
        send(EncodedFrame(text: text))
    }

    public func send(text: ByteBuffer) {
        send(EncodedFrame(text: text))
    }

    public func send(binary: ByteBuffer) {
        send(EncodedFrame(binary: binary))
    }

    /// Asks the peer for a sign of life (§5.5.2), which comes as `received(pong:on:)`. Silent peers are asked without
    /// this. At most 125 bytes fit; what is longer is cut.
    public func ping(_ payload: ByteBuffer = ByteBuffer()) {
        send(EncodedFrame(.ping, payload: payload.readableBytesView.prefix(125)))
    }

    /// Stops or resumes taking bytes from the peer, whose frames then wait in its own buffers. What has been taken is still
    /// delivered. While it is stopped neither pings nor the peer's end are noticed, and silence is not held against it.
    public func setReading(_ isReading: Bool) {
        if loop.eventLoop.inEventLoop {
            pauseReading(!isReading)
        } else {
            loop.eventLoop.execute { self.pauseReading(!isReading) }
        }
    }

    /// Sends a close frame and waits for the peer's, at most `closeTimeout` (§7.1.2). Does nothing once the socket is
    /// closing. `reason` is for people; at most 123 bytes of it are sent.
    public func close(_ code: WebSocketCloseCode, reason: String = "") {
        if loop.eventLoop.inEventLoop {
            startClose(code, reason: reason)
        } else {
            loop.eventLoop.execute { self.startClose(code, reason: reason) }
        }
    }

    /// Ends the connection at once, without a close frame (§7.1.7): the peer sees it break, and the handler `.abnormal`
    /// unless a close frame was sent before. For peers there is nothing to say to.
    public func abort() {
        if loop.eventLoop.inEventLoop {
            failed(ChannelError.eof)
        } else {
            loop.eventLoop.execute { self.failed(ChannelError.eof) }
        }
    }

    /// Whether frames are still sent. On the event loop only.
    public var isOpen: Bool { phase == .open }

    /// Bytes that wait for the peer to read. On the event loop only.
    public var pendingBytes: Int {
        guard let options = context?.channel.syncOptions else { return 0 }
        return ((try? options.getOption(.bufferedWritableBytes)) ?? 0) + (held?.readableBytes ?? 0)
    }
}

extension WebSocketConnection {
    /// Ends the connection for something the peer did.
    ///
    /// The peer may not understand a close frame any more, so it sees the end of the stream as well.
    func fail(_ violation: WebSocketViolation) {
        isBroken = true
        guard phase == .open, let context else { return }
        startClose(settings.configuration.closeCode(violation))
        afterFlush(context) { $0.close(mode: .output, promise: nil) }
    }

    /// Called once, in the pipeline, when the handshake's answer has been written.
    ///
    /// The connection may have ended by then. Its handler hears of both all the same, so that what it began it can end.
    func open(with handler: any WebSocketHandler) {
        self.handler = handler
        guard phase == .opening else {
            handler.opened(self)
            return tellClosed()
        }
        phase = .open
        direct = context.flatMap { DirectSocket($0.pipeline.syncOperations) }
        isQueueing = pendingBytes > 0
        loop.call(self, in: settings.configuration.pingInterval)
        handler.opened(self)
    }

    func flush() {
        isAwaitingFlush = false
        guard let context, phase != .closed else { return }
        if let frame = held.take() {
            sendDirectly(frame, in: context)
        } else {
            context.flush()
            if isQueueing && direct != nil && isWritable { isQueueing = pendingBytes > 0 }
        }
    }

    private func sendDirectly(_ frame: ByteBuffer, in context: ChannelHandlerContext) {
        switch direct?.send(frame) {
        case .sentAll: break
        case .failed(let error): failed(error)
        case .sentSome(let count):
            var rest = frame
            rest.moveReaderIndex(forwardBy: count)
            queue(rest, in: context)
            context.flush()
        case nil:
            queue(frame, in: context)
            context.flush()
        }
    }

    private func queue(_ bytes: ByteBuffer, in context: ChannelHandlerContext) {
        isQueueing = true
        context.write(NIOAny(IOData.byteBuffer(bytes)), promise: nil)
    }

    /// Hands the frame that was kept back to the channel, before something else is.
    private func queueHeld(in context: ChannelHandlerContext) {
        if let frame = held.take() { queue(frame, in: context) }
    }

    private func write(_ frame: EncodedFrame) {
        guard phase == .open, let context else { return }
        put(frame, in: context)
        if !isWritable { reportPressure() }
    }

    private func put(_ frame: EncodedFrame, in context: ChannelHandlerContext) {
        let bytes = if let transform { transform.outgoing(frame) } else { frame.bytes }
        if direct != nil && !isQueueing && held == nil {
            held = bytes
        } else {
            queueHeld(in: context)
            queue(bytes, in: context)
        }
        if !isAwaitingFlush {
            isAwaitingFlush = true
            loop.flushSoon(self)
        }
    }

    /// Only asked for when the high-water mark is passed, since asking costs more than writing.
    private func reportPressure() {
        let pending = pendingBytes
        if pending > settings.configuration.maximumPendingBytes {
            handler?.fellBehind(pendingBytes: pending, on: self)
        }
    }

    private func startClose(_ code: WebSocketCloseCode, reason: String = "") {
        guard phase == .open, let context else { return }
        put(EncodedFrame(close: code, reason: reason), in: context)
        phase = .closing
        closeCode = code
        loop.call(self, in: settings.configuration.closeTimeout)
        loop.eventLoop.execute { self.tellClosed(reason) }
    }

    /// The peer's close frame: answered where it came first, and the connection is at its end. The server is the one
    /// that closes it then (§7.1.1); a client waits for that.
    private func receivedClose(_ code: WebSocketCloseCode, reason: String) {
        guard let context else { return }
        if phase == .open {
            put(EncodedFrame(close: code, reason: ""), in: context)
            closeCode = code
        }
        phase = .closed
        loop.call(self, in: settings.configuration.closeTimeout)
        // Before the channel closes, which may be within the next call and knows no reason.
        tellClosed(reason)
        let ends = !settings.isClient
        if self.context != nil { afterFlush(context) { if ends { $0.close(promise: nil) } } }
    }

    private func afterFlush(_ context: ChannelHandlerContext, do action: @escaping (ChannelHandlerContext) -> Void) {
        queueHeld(in: context)
        let flushed = context.eventLoop.makePromise(of: Void.self)
        flushed.futureResult.assumeIsolated().whenComplete { _ in action(context) }
        context.writeAndFlush(NIOAny(IOData.byteBuffer(ByteBuffer())), promise: flushed)
    }

    private func tellClosed(_ reason: String = "") {
        guard let handler = handler.take() else { return }
        handler.closed(closeCode, reason: reason, on: self)
    }

    private func pauseReading(_ isPaused: Bool) {
        guard isPaused != isReadingPaused, let context else { return }
        isReadingPaused = isPaused
        // Fails only on a channel that is closed, where nothing is read anyway.
        try? context.channel.syncOptions?.setOption(.autoRead, value: !isPaused)
        // Asked for from here: a bridge behind this handler that has ended lets nothing pass.
        if !isPaused { context.read() }
    }

    func timeReached() {
        guard let context else { return }
        if phase != .open { return context.close(promise: nil) }
        if isDraining { return startClose(.serviceRestart) }
        if isReadingPaused { wasHeard = true }
        if !wasHeard && isPinged { return context.close(promise: nil) }
        // Behind what waits to be sent as well: a peer that takes nothing must not live for ever for it.
        if !wasHeard {
            isPinged = true
            put(settings.ping, in: context)
        }
        wasHeard = false
        loop.call(self, in: settings.configuration.pingInterval)
    }
}

// MARK: - What the channel reports

extension WebSocketConnection {
    func attached(to context: ChannelHandlerContext) {
        self.context = context
    }

    func detached() {
        end()
        context = nil
    }

    func read(_ bytes: ByteBuffer) {
        wasHeard = true
        isPinged = false
        guard phase == .open || phase == .closing, !isBroken else { return }
        let limit = settings.configuration.maximumMessageBytes
        // Taken out meanwhile: a callback may come back here by closing the channel.
        var reader = self.reader
        self.reader = FrameReader()
        reader.read(bytes, maximumMessageBytes: limit, transform: transform) { event in
            handle(event)
            return (phase == .open || phase == .closing) && !isBroken
        }
        self.reader = reader
    }

    private func handle(_ event: FrameReader.Event) {
        switch event {
        case .close(let code, let reason): receivedClose(code, reason: reason)
        case .violation(let violation): fail(violation)
        case _ where phase != .open: break
        case .text(let text): handler?.received(text: text, on: self)
        case .binary(let bytes): handler?.received(binary: bytes, on: self)
        case .ping(let payload): write(EncodedFrame(.pong, payload: payload.readableBytesView))
        case .pong(let payload): handler?.received(pong: payload, on: self)
        }
    }

    func writabilityChanged(to isWritable: Bool) {
        self.isWritable = isWritable
        if phase == .open { handler?.writabilityChanged(isWritable: isWritable, on: self) }
    }

    func failed(_ error: any Error) {
        phase = .closed
        context?.close(promise: nil)
    }

    /// The peer sends no more. Without a close frame it is gone; with one, this is its end of the connection.
    func inputClosed() {
        phase = .closed
        context?.close(promise: nil)
    }

    func drain() {
        guard phase == .open, !isDraining else { return }
        isDraining = true
        loop.call(self, in: settings.configuration.drainTimeout)
        handler?.draining(self)
    }

    func end() {
        phase = .closed
        loop.forget(self)
        tellClosed()
    }
}
