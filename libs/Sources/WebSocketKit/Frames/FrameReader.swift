import NIOCore

/// Turns a client's bytes into messages: framing, masks, fragments, UTF-8, limits (RFC 6455 §5).
///
/// Between messages it holds no memory of its own; a frame or a message in progress is the only thing kept.
struct FrameReader {
    enum Event {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// `noStatus` when the frame was empty.
        case close(WebSocketCloseCode)
        case violation(WebSocketViolation)
    }

    /// The bytes of a frame that has not come whole yet; always starts with a frame's header.
    private var partial: ByteBuffer?
    private var message: Message?

    /// A fragmented message so far.
    private struct Message {
        var isText: Bool
        var payload: ByteBuffer
        var text = UTF8Validator()
    }

    /// Reads all frames that `bytes` completes, in order. `deliver` returns false to stop: nothing after is read.
    ///
    /// After a violation the reader must not be used again.
    mutating func read(_ bytes: ByteBuffer, maximumMessageBytes: Int, deliver: (Event) -> Bool) {
        var input = bytes
        let continues = partial != nil
        if var pending = partial.take() {
            pending.writeImmutableBuffer(bytes)
            input = pending
        }
        while input.readableBytes > 0 {
            switch next(in: &input, maximumMessageBytes: maximumMessageBytes) {
            case .nothing: continue
            case .event(let event):
                guard deliver(event) else { return }
                if case .violation = event { return }
            case .needsMore:
                // Copied, so that a few bytes do not keep a whole read buffer alive; unless it is our copy already
                // and a frame that trickles in only grows it.
                let isOurs = continues && input.readerIndex == 0
                partial = isOurs ? input : ByteBuffer(bytes: input.readableBytesView)
                return
            }
        }
    }

    private enum Step {
        case event(Event)
        case nothing
        case needsMore
    }

    private mutating func next(in input: inout ByteBuffer, maximumMessageBytes: Int) -> Step {
        switch input.withUnsafeReadableBytes(FrameHeader.peek) {
        case .needsMore: return .needsMore
        case .violation: return .event(.violation(.framing))
        case .header(let header):
            if let violation = check(header, maximumMessageBytes: maximumMessageBytes) {
                return .event(.violation(violation))
            }
            let frameLength = header.headerLength + header.payloadLength
            guard input.readableBytes >= frameLength else { return .needsMore }
            defer { input.moveReaderIndex(forwardBy: frameLength) }
            return input.withUnsafeReadableBytes { bytes in
                accept(header, UnsafeRawBufferPointer(rebasing: bytes[header.headerLength..<frameLength]))
            }
        }
    }

    /// Everything a header can be refused for before its payload is there.
    private func check(_ header: FrameHeader, maximumMessageBytes: Int) -> WebSocketViolation? {
        if header.opcode.isControl { return nil }
        if (header.opcode == .continuation) != (message != nil) { return .framing }
        let soFar = message?.payload.readableBytes ?? 0
        return header.payloadLength > maximumMessageBytes - soFar ? .messageTooBig : nil
    }

    private mutating func accept(_ header: FrameHeader, _ masked: UnsafeRawBufferPointer) -> Step {
        if header.opcode == .continuation {
            return append(masked, header)
        }
        if !header.opcode.isControl && !header.isFinal {
            let payload = ByteBufferAllocator().buffer(capacity: masked.count)
            message = Message(isText: header.opcode == .text, payload: payload)
            return append(masked, header)
        }
        var payload = ByteBufferAllocator().buffer(capacity: masked.count)
        payload.writeUnmasked(masked, mask: header.mask)
        switch header.opcode {
        case .text:
            var text = UTF8Validator()
            let isText = payload.withUnsafeReadableBytes { text.consume($0) } && text.isComplete
            return .event(isText ? .text(payload) : .violation(.invalidUTF8))
        case .binary: return .event(.binary(payload))
        case .ping: return .event(.ping(payload))
        case .close: return .event(Self.close(payload))
        case .pong, .continuation: return .event(.pong)
        }
    }

    /// One more fragment of the message in progress; the last one delivers it.
    private mutating func append(_ masked: UnsafeRawBufferPointer, _ header: FrameHeader) -> Step {
        guard var current = message.take() else { return .event(.violation(.framing)) }
        let start = current.payload.writerIndex
        current.payload.writeUnmasked(masked, mask: header.mask)
        if current.isText {
            let isText = current.payload.withUnsafeReadableBytes { bytes in
                current.text.consume(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
            guard isText && (current.text.isComplete || !header.isFinal) else {
                return .event(.violation(.invalidUTF8))
            }
        }
        if header.isFinal {
            return .event(current.isText ? .text(current.payload) : .binary(current.payload))
        }
        message = current
        return .nothing
    }

    /// RFC 6455 §5.5.1, §7.4: empty, or a code that may be sent and a reason in UTF-8.
    private static func close(_ payload: ByteBuffer) -> Event {
        if payload.readableBytes == 0 { return .close(.noStatus) }
        var payload = payload
        guard let number = payload.readInteger(as: UInt16.self) else { return .violation(.framing) }
        let code = WebSocketCloseCode(number)
        guard code.isAllowedOnTheWire else { return .violation(.framing) }
        var text = UTF8Validator()
        let isText = payload.withUnsafeReadableBytes { text.consume($0) } && text.isComplete
        return isText ? .close(code) : .violation(.invalidUTF8)
    }
}
