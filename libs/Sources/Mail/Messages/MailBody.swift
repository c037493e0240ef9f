internal import Foundation

/// One body part: its own fields, an empty line and its encoded text.
enum MailBody {
    static func bytes(of text: String, subtype: String) -> [UInt8] {
        let canonical = canonical(text)
        let usesBase64 = prefersBase64(canonical)
        let fields =
            "Content-Type: text/\(subtype); charset=utf-8\r\n"
            + "Content-Transfer-Encoding: \(usesBase64 ? "base64" : "quoted-printable")\r\n\r\n"
        return Array(fields.utf8) + (usesBase64 ? base64(canonical) : QuotedPrintable.encode(canonical))
    }

    /// Every line ends with CRLF, the last one too: a lone CR or LF is the end of a line (RFC 5322 §2.3 allows neither).
    private static func canonical(_ text: String) -> [UInt8] {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 64)
        var last: UInt8 = lf
        for byte in text.utf8 {
            switch byte {
            case lf where last == cr: break
            case cr, lf: out += [cr, lf]
            default: out.append(byte)
            }
            last = byte
        }
        if last != cr && last != lf { out += [cr, lf] }
        return out
    }

    /// Where more than a sixth of the bytes would take three, base64 is shorter, and no harder to read.
    private static func prefersBase64(_ bytes: [UInt8]) -> Bool {
        bytes.count { $0 >= 0x80 || $0 == UInt8(ascii: "=") } > bytes.count / 6
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        return Array(Data(bytes).base64EncodedData(options: options)) + Array("\r\n".utf8)
    }
}
