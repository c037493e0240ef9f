public import NIOCore

/// One message as the bytes of its frame, made once and written to any number of sockets.
///
/// The bytes are shared, not copied: a message to a thousand members is encoded once and costs one reference each. A
/// client masks a copy for itself when it sends one.
public struct EncodedFrame: Sendable {
    /// Header and payload, unmasked as a server sends them.
    public let bytes: ByteBuffer

    /// A text message. `text` must be UTF-8; it is not looked at again.
    public init(text: ByteBuffer) {
        self.init(.text, payload: text.readableBytesView)
    }

    public init(text: String) {
        var text = text
        self = text.withUTF8 { EncodedFrame(.text, payload: $0) }
    }

    public init(binary: ByteBuffer) {
        self.init(.binary, payload: binary.readableBytesView)
    }

    init(_ opcode: WebSocketOpcode, payload: some Collection<UInt8>, reservedBits: WebSocketReservedBits = []) {
        let count = payload.count
        var bytes = ByteBufferAllocator().buffer(capacity: count + 10)
        bytes.writeInteger(0x80 | reservedBits.rawValue | opcode.rawValue)
        switch count {
        case ...125:
            bytes.writeInteger(UInt8(count))
        case ...0xffff:
            bytes.writeInteger(UInt8(126))
            bytes.writeInteger(UInt16(count))
        default:
            bytes.writeInteger(UInt8(127))
            bytes.writeInteger(UInt64(count))
        }
        bytes.writeBytes(payload)
        self.bytes = bytes
    }

    /// A close frame; `reason` is cut to the 123 bytes a control frame has left for it, at a character's end.
    init(close code: WebSocketCloseCode, reason: String) {
        var payload = ByteBufferAllocator().buffer(capacity: 2 + reason.utf8.count)
        if code != .noStatus {
            payload.writeInteger(code.rawValue)
            var room = 123
            for character in reason {
                room -= character.utf8.count
                if room < 0 { break }
                payload.writeString(String(character))
            }
        }
        self.init(.close, payload: payload.readableBytesView)
    }
}

// MARK: - What extensions see of it

extension EncodedFrame {
    /// A whole message of `kind` with reserved bits, as an extension sends it.
    public init(_ kind: WebSocketMessageKind, payload: ByteBuffer, reservedBits: WebSocketReservedBits) {
        self.init(
            kind == .text ? .text : .binary, payload: payload.readableBytesView, reservedBits: reservedBits)
    }

    /// Nil for control frames, which extensions do not touch.
    public var kind: WebSocketMessageKind? {
        switch firstByte & 0x0F {
        case WebSocketOpcode.text.rawValue: .text
        case WebSocketOpcode.binary.rawValue: .binary
        default: nil
        }
    }

    public var reservedBits: WebSocketReservedBits {
        WebSocketReservedBits(rawValue: firstByte).intersection(.all)
    }

    /// The bytes after the header; shared, not copied.
    public var payload: ByteBuffer {
        bytes.getSlice(at: bytes.readerIndex + headerLength, length: bytes.readableBytes - headerLength) ?? ByteBuffer()
    }

    /// Whether both are the same bytes in memory. An extension that keeps the last frame and what it made of it transforms
    /// a message to a thousand members once.
    public func isSame(as other: EncodedFrame) -> Bool {
        bytes.withUnsafeReadableBytes { one in
            other.bytes.withUnsafeReadableBytes { one.baseAddress == $0.baseAddress && one.count == $0.count }
        }
    }

    var headerLength: Int {
        switch bytes.getInteger(at: bytes.readerIndex + 1, as: UInt8.self) {
        case 126: 4
        case 127: 10
        default: 2
        }
    }

    private var firstByte: UInt8 { bytes.getInteger(at: bytes.readerIndex) ?? 0 }
}
