import NIOCore

/// Turns a peer's bytes into messages: framing, masks, fragments, extensions, UTF-8, limits (RFC 6455 §5).
///
/// Between messages it holds no memory of its own; a frame or a message in progress is the only thing kept.
struct FrameReader {
    enum Event {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong(ByteBuffer)
        /// `noStatus` when the frame was empty.
        case close(WebSocketCloseCode, reason: String)
        case violation(WebSocketViolation)
    }

    /// The bytes of a frame that has not come whole yet; always starts with a frame's header.
    private var partial: ByteBuffer?
    private var message: Message?

    /// A fragmented message so far, as extensions have left it.
    private struct Message {
        var kind: WebSocketMessageKind
        var payload: ByteBuffer
        var text = UTF8Validator()
    }

    /// Reads all frames that `bytes` completes, in order. `deliver` returns false to stop: nothing after is read.
    ///
    /// After a violation the reader must not be used again.
    mutating func read(
        _ bytes: ByteBuffer, maximumMessageBytes limit: Int, transform: FrameTransform? = nil, deliver: (Event) -> Bool
    ) {
        var input = bytes
        let continues = partial != nil
        if var pending = partial.take() {
            pending.writeImmutableBuffer(bytes)
            input = pending
        }
        while input.readableBytes > 0 {
            switch next(in: &input, limit, transform) {
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

    private mutating func next(in input: inout ByteBuffer, _ limit: Int, _ transform: FrameTransform?) -> Step {
        let rules = transform?.rules ?? FrameHeader.Rules()
        switch input.withUnsafeReadableBytes({ FrameHeader.peek(at: $0, rules) }) {
        case .needsMore: return .needsMore
        case .violation: return .event(.violation(.framing))
        case .header(let header):
            if let violation = check(header, limit, transform) { return .event(.violation(violation)) }
            let frameLength = header.headerLength + header.payloadLength
            guard input.readableBytes >= frameLength else { return .needsMore }
            defer { input.moveReaderIndex(forwardBy: frameLength) }
            return input.withUnsafeReadableBytes { bytes in
                let masked = UnsafeRawBufferPointer(rebasing: bytes[header.headerLength..<frameLength])
                do throws(WebSocketViolation) {
                    return try accept(header, masked, limit, transform)
                } catch {
                    return .event(.violation(error))
                }
            }
        }
    }

    /// Everything a header can be refused for before its payload is there.
    private func check(_ header: FrameHeader, _ limit: Int, _ transform: FrameTransform?) -> WebSocketViolation? {
        if header.opcode.isControl { return nil }
        if (header.opcode == .continuation) != (message != nil) { return .framing }
        if let transform, transform.hasExtensions {
            return header.payloadLength > transform.longestPayload(for: limit) ? .messageTooBig : nil
        }
        let soFar = message?.payload.readableBytes ?? 0
        return header.payloadLength > limit - soFar ? .messageTooBig : nil
    }

    private mutating func accept(
        _ header: FrameHeader, _ masked: UnsafeRawBufferPointer, _ limit: Int, _ transform: FrameTransform?
    ) throws(WebSocketViolation) -> Step {
        if header.opcode == .continuation || !header.isFinal {
            return try append(masked, header, limit, transform)
        }
        var payload = Self.unmasked(masked, header)
        if let transform, transform.hasExtensions, let kind = header.kind {
            payload = try transform.decode(payload, header, kind: kind, isFirst: true, room: limit)
        }
        switch header.opcode {
        case .text:
            guard Self.isText(payload) else { throw .invalidUTF8 }
            return .event(.text(payload))
        case .binary: return .event(.binary(payload))
        case .ping: return .event(.ping(payload))
        case .close: return .event(try Self.close(payload))
        case .pong, .continuation: return .event(.pong(payload))
        }
    }

    /// One more fragment of the message in progress, or the first one of a new one; the last one delivers it.
    private mutating func append(
        _ masked: UnsafeRawBufferPointer, _ header: FrameHeader, _ limit: Int, _ transform: FrameTransform?
    ) throws(WebSocketViolation) -> Step {
        let isFirst = message == nil
        var current =
            message.take()
            ?? Message(kind: header.kind ?? .binary, payload: ByteBufferAllocator().buffer(capacity: masked.count))
        let start = current.payload.writerIndex
        if let transform, transform.hasExtensions {
            var fragment = try transform.decode(
                Self.unmasked(masked, header), header, kind: current.kind, isFirst: isFirst, room: limit - start)
            current.payload.writeBuffer(&fragment)
        } else {
            current.payload.write(masked, mask: header.mask)
        }
        if current.kind == .text {
            let isText = current.payload.withUnsafeReadableBytes { bytes in
                current.text.consume(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
            guard isText && (current.text.isComplete || !header.isFinal) else { throw .invalidUTF8 }
        }
        if header.isFinal {
            return .event(current.kind == .text ? .text(current.payload) : .binary(current.payload))
        }
        message = current
        return .nothing
    }

    private static func unmasked(_ masked: UnsafeRawBufferPointer, _ header: FrameHeader) -> ByteBuffer {
        var payload = ByteBufferAllocator().buffer(capacity: masked.count)
        payload.write(masked, mask: header.mask)
        return payload
    }

    private static func isText(_ bytes: ByteBuffer) -> Bool {
        var text = UTF8Validator()
        return bytes.withUnsafeReadableBytes { text.consume($0) } && text.isComplete
    }

    /// RFC 6455 §5.5.1, §7.4: empty, or a code that may be sent and a reason in UTF-8.
    private static func close(_ payload: ByteBuffer) throws(WebSocketViolation) -> Event {
        if payload.readableBytes == 0 { return .close(.noStatus, reason: "") }
        var payload = payload
        guard let number = payload.readInteger(as: UInt16.self) else { throw .framing }
        let code = WebSocketCloseCode(number)
        guard code.isAllowedOnTheWire else { throw .framing }
        guard isText(payload) else { throw .invalidUTF8 }
        return .close(code, reason: String(buffer: payload))
    }
}

extension FrameHeader {
    /// Nil for control frames and for the later frames of a message.
    var kind: WebSocketMessageKind? {
        switch opcode {
        case .text: .text
        case .binary: .binary
        default: nil
        }
    }
}
