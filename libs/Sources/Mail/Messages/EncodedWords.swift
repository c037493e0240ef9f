internal import Foundation

/// Text of other characters than ASCII's in headers (RFC 2047), in UTF-8.
///
/// Words have at most 75 characters and are never cut inside of a scalar. `Q`, which people can read, is taken unless `B`
/// is shorter by a fifth; what `Q` leaves as it is may stand in names too (§5 (3)).
enum EncodedWords {
    private static let longest = 75
    private static let frame = "=?UTF-8?B?".utf8.count + "?=".utf8.count

    /// Whether `text` reads the same with and without RFC 2047, folded and unfolded, so that it needs no encoding.
    static func isPlain(_ text: String, longestWord: Int) -> Bool {
        guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }), !text.contains("=?") else { return false }
        return text.isEmpty
            || text.split(separator: " ", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0.utf8.count <= longestWord }
    }

    /// Writes all of `text` as one or more words. The space between two of them is not part of the text (§6.2).
    static func write(_ text: String, to header: inout HeaderWriter) {
        let bytes = text.utf8.count
        let cost = text.utf8.reduce(0) { $0 + (isLiteral($1) || $1 == UInt8(ascii: " ") ? 1 : 3) }
        let usesBase64 = (bytes + 2) / 3 * 4 * 5 < cost * 4
        var rest = text.unicodeScalars[...]
        while !rest.isEmpty {
            // A word worth writing has room for one scalar of four bytes.
            if header.room < frame + 12 { header.fold() }
            let payload = min(header.room, longest) - frame
            let (word, end) = usesBase64 ? base64(rest, within: payload) : quoted(rest, within: payload)
            header.word(word)
            rest = rest[end...]
        }
    }

    private typealias Scalars = String.UnicodeScalarView.SubSequence

    private static func base64(_ text: Scalars, within limit: Int) -> (String, Scalars.Index) {
        let most = limit / 4 * 3
        var bytes: [UInt8] = []
        var end = text.startIndex
        while end < text.endIndex, case let scalar = Array(String(text[end]).utf8), bytes.count + scalar.count <= most {
            bytes += scalar
            end = text.index(after: end)
        }
        return ("=?UTF-8?B?\(Data(bytes).base64EncodedString())?=", end)
    }

    private static func quoted(_ text: Scalars, within limit: Int) -> (String, Scalars.Index) {
        var written = ""
        var end = text.startIndex
        while end < text.endIndex, case let scalar = quoted(text[end]), written.utf8.count + scalar.utf8.count <= limit
        {
            written += scalar
            end = text.index(after: end)
        }
        return ("=?UTF-8?Q?\(written)?=", end)
    }

    private static func quoted(_ scalar: Unicode.Scalar) -> String {
        if scalar == " " { return "_" }
        return String(scalar).utf8.reduce(into: "") { text, byte in
            text += isLiteral(byte) ? String(UnicodeScalar(byte)) : QuotedPrintable.escaped(byte)
        }
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        let scalar = Unicode.Scalar(byte)
        return scalar.isASCIILetterOrDigit || "!*+-/".unicodeScalars.contains(scalar)
    }
}
