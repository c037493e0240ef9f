import NIOCore

/// The masks of a client's frames (RFC 6455 §5.3). A mask is held as it lies in memory: its first byte is the lowest.
extension ByteBuffer {
    /// Appends `bytes` with `mask` put on or taken off, eight at a time.
    mutating func write(_ bytes: UnsafeRawBufferPointer, mask: UInt32) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count) { out in
            let wide = UInt64(mask) << 32 | UInt64(mask)
            var index = 0
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ wide
                out.storeBytes(of: word, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < bytes.count {
                out[index] = bytes[index] ^ UInt8(truncatingIfNeeded: mask >> (8 * UInt32(index & 3)))
                index += 1
            }
            return bytes.count
        }
    }
}

extension EncodedFrame {
    /// The bytes a client sends: a copy under a mask nobody can foresee, from the system's random numbers by default.
    func masked(with mask: UInt32 = SystemRandomNumberGenerator.mask()) -> ByteBuffer {
        let headerLength = headerLength
        return bytes.withUnsafeReadableBytes { frame in
            var masked = ByteBufferAllocator().buffer(capacity: frame.count + 4)
            masked.writeBytes(frame[..<headerLength])
            masked.setInteger(frame[1] | 0x80, at: 1)
            withUnsafeBytes(of: mask) { _ = masked.writeBytes($0) }
            masked.write(UnsafeRawBufferPointer(rebasing: frame[headerLength...]), mask: mask)
            return masked
        }
    }
}

extension SystemRandomNumberGenerator {
    static func mask() -> UInt32 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}
