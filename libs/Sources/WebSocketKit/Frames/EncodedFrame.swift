public import NIOCore

/// One message as the bytes of its frame, made once and written to any number of sockets.
///
/// The bytes are shared, not copied: a message to a thousand members is encoded once and costs one reference each.
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

    init(_ opcode: WebSocketOpcode, payload: some Collection<UInt8>) {
        let count = payload.count
        var bytes = ByteBufferAllocator().buffer(capacity: count + 10)
        bytes.writeInteger(0x80 | opcode.rawValue)
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
