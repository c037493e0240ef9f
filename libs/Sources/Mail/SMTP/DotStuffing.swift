internal import NIOCore

/// A message between `DATA` and its end (RFC 5321 §4.5.2).
enum DotStuffing {
    /// Doubles the dot at the beginning of each line and ends with a line of one dot.
    static func content(_ bytes: [UInt8]) -> ByteBuffer {
        let dot = UInt8(ascii: ".")
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 64 + 8)
        var last = UInt8(ascii: "\n")
        for byte in bytes {
            if byte == dot && last == UInt8(ascii: "\n") { out.append(dot) }
            out.append(byte)
            last = byte
        }
        if last != UInt8(ascii: "\n") { out += [UInt8(ascii: "\r"), UInt8(ascii: "\n")] }
        return ByteBuffer(bytes: out + [dot, UInt8(ascii: "\r"), UInt8(ascii: "\n")])
    }
}
