import NIOCore

/// The head of a client's frame (RFC 6455 §5.2), checked for everything that can be checked without its payload.
struct FrameHeader {
    var opcode: WebSocketOpcode
    var isFinal: Bool
    var payloadLength: Int
    var mask: UInt32
    /// Bytes before the payload.
    var headerLength: Int

    enum Outcome {
        case header(FrameHeader)
        case needsMore
        case violation
    }

    /// Reads a header at the start of `bytes` and consumes nothing.
    static func peek(at bytes: UnsafeRawBufferPointer) -> Outcome {
        guard bytes.count >= 2 else { return .needsMore }
        let (first, second) = (bytes[0], bytes[1])
        guard first & 0x70 == 0, second & 0x80 != 0, let opcode = WebSocketOpcode(rawValue: first & 0x0F) else {
            return .violation
        }
        let isFinal = first & 0x80 != 0
        let short = Int(second & 0x7F)
        if opcode.isControl && (!isFinal || short > 125) { return .violation }

        let lengthBytes = short < 126 ? 0 : (short == 126 ? 2 : 8)
        let headerLength = 2 + lengthBytes + 4
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
                opcode: opcode, isFinal: isFinal, payloadLength: Int(length),
                mask: bytes.loadUnaligned(fromByteOffset: headerLength - 4, as: UInt32.self),
                headerLength: headerLength))
    }
}

extension ByteBuffer {
    /// Appends masked bytes in the clear, eight at a time.
    mutating func writeUnmasked(_ masked: UnsafeRawBufferPointer, mask: UInt32) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: masked.count) { out in
            let wide = UInt64(mask) << 32 | UInt64(mask)
            var index = 0
            while index + 8 <= masked.count {
                let word = masked.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
                out.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < masked.count {
                // The mask is held as it lay in memory, so its first byte is the lowest one here.
                out[index] = masked[index] ^ UInt8(truncatingIfNeeded: mask >> (8 * UInt32(index & 3)))
                index += 1
            }
            return masked.count
        }
    }
}
