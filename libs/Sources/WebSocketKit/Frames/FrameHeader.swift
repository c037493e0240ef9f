import NIOCore

/// The head of a frame (RFC 6455 §5.2), checked for everything that can be checked without its payload.
struct FrameHeader {
    /// What the peer's frames must look like.
    struct Rules {
        /// A client's frames are masked, a server's are not (§5.1).
        var isMasked = true
        /// Those that an extension has given a meaning; control frames carry none.
        var reservedBits: WebSocketReservedBits = []
    }

    var opcode: WebSocketOpcode
    var isFinal: Bool
    var reservedBits: WebSocketReservedBits
    var payloadLength: Int
    /// Zero where there is none.
    var mask: UInt32
    /// Bytes before the payload.
    var headerLength: Int

    enum Outcome {
        case header(FrameHeader)
        case needsMore
        case violation
    }

    /// Reads a header at the start of `bytes` and consumes nothing.
    static func peek(at bytes: UnsafeRawBufferPointer, _ rules: Rules) -> Outcome {
        guard bytes.count >= 2 else { return .needsMore }
        let (first, second) = (bytes[0], bytes[1])
        let bits = first & WebSocketReservedBits.all.rawValue
        guard bits & ~rules.reservedBits.rawValue == 0, (second & 0x80 != 0) == rules.isMasked,
            let opcode = WebSocketOpcode(rawValue: first & 0x0F)
        else { return .violation }
        let isFinal = first & 0x80 != 0
        let short = Int(second & 0x7F)
        if opcode.isControl && (!isFinal || short > 125 || bits != 0) { return .violation }

        let lengthBytes = short < 126 ? 0 : (short == 126 ? 2 : 8)
        let headerLength = 2 + lengthBytes + (rules.isMasked ? 4 : 0)
        guard bytes.count >= headerLength else { return .needsMore }
        let length: UInt64
        switch lengthBytes {
        case 0:
            length = UInt64(short)
        case 2:
            length = UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
            if length < 126 { return .violation }
        default:
            length = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
            if length <= 0xffff || length > UInt64(Int.max / 2) { return .violation }
        }
        return .header(
            FrameHeader(
                opcode: opcode, isFinal: isFinal, reservedBits: WebSocketReservedBits(rawValue: bits),
                payloadLength: Int(length),
                mask: rules.isMasked ? bytes.loadUnaligned(fromByteOffset: headerLength - 4, as: UInt32.self) : 0,
                headerLength: headerLength))
    }
}
