/// Quoted-printable (RFC 2045 §6.7).
enum QuotedPrintable {
    private static let longestLine = 76

    /// Encodes `bytes`, whose lines end with CRLF. No line of the result has more than 76 characters or ends with white
    /// space.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 16)
        var column = 0
        for (index, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") {
                out.append(byte)
                column = 0
                continue
            }
            let endsLine = index + 1 == bytes.count || bytes[index + 1] == UInt8(ascii: "\r")
            let token = isLiteral(byte, endsLine: endsLine) ? [byte] : Array(escaped(byte).utf8)
            // The last character of a line needs no room for a soft break behind it.
            if column + token.count > (endsLine ? longestLine : longestLine - 1) {
                out += [UInt8(ascii: "="), UInt8(ascii: "\r"), UInt8(ascii: "\n")]
                column = 0
            }
            out += token
            column += token.count
        }
        return out
    }

    /// `=3D`
    static func escaped(_ byte: UInt8) -> String {
        "=" + String(UnicodeScalar(capital(byte >> 4))) + String(UnicodeScalar(capital(byte & 0x0f)))
    }

    private static func capital(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func isLiteral(_ byte: UInt8, endsLine: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"): !endsLine
        case UInt8(ascii: "="): false
        default: (0x21...0x7e).contains(byte)
        }
    }
}
