/// Frames as a client writes them and a server sends them (RFC 6455 §5.2).
enum Frames {
    /// A text frame masked with a zero key: legal, and free to build.
    static func text(_ text: String) -> [UInt8] { frame(0x1, Array(text.utf8)) }

    static func pong(_ payload: UnsafeRawBufferPointer) -> [UInt8] { frame(0xA, Array(payload)) }

    private static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [0x80 | opcode]
        if payload.count < 126 {
            bytes.append(0x80 | UInt8(payload.count))
        } else {
            bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
        }
        return bytes + [0, 0, 0, 0] + payload
    }

    /// The first frame of `bytes`, when it is whole.
    static func first(in bytes: UnsafeRawBufferPointer) -> (opcode: UInt8, payload: Range<Int>)? {
        guard bytes.count >= 2 else { return nil }
        var (length, start) = (Int(bytes[1] & 0x7f), 2)
        if length == 126 {
            guard bytes.count >= 4 else { return nil }
            (length, start) = (Int(bytes[2]) << 8 | Int(bytes[3]), 4)
        } else if length == 127 {
            guard bytes.count >= 10 else { return nil }
            (length, start) = ((2..<10).reduce(0) { $0 << 8 | Int(bytes[$1]) }, 10)
        }
        return bytes.count >= start + length ? (bytes[0] & 0xf, start..<start + length) : nil
    }
}
