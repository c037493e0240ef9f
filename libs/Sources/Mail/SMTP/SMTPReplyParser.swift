internal import NIOCore

/// Cuts what a server sends into replies, within bounds: 2,000 bytes a line (RFC 5321 §4.5.3.1.5 says 512, some say more)
/// and 100 lines a reply.
struct SMTPReplyParser {
    static let longestLine = 2_000
    static let mostLines = 100

    private var buffer = ByteBuffer()
    private var code: Int?
    private var lines: [String] = []

    /// Whether something came that is not yet part of a reply that was given out.
    var hasRest: Bool { buffer.readableBytes > 0 || code != nil }

    mutating func feed(_ bytes: ByteBuffer) {
        var bytes = bytes
        buffer.discardReadBytes()
        buffer.writeBuffer(&bytes)
    }

    /// The next whole reply; nil until there is more.
    mutating func next() throws(SMTPSyntaxError) -> SMTPReply? {
        while let line = try line() {
            let digits = line.prefix(3)
            guard digits.count == 3, (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(digits[digits.startIndex]),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { throw SMTPSyntaxError(reason: "a line without a reply code") }
            let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            guard code == nil || code == number else { throw SMTPSyntaxError(reason: "a reply with two codes") }
            let rest = line.dropFirst(3)
            guard rest.first.map({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "-") }) ?? true else {
                throw SMTPSyntaxError(reason: "a line without a reply code")
            }
            guard lines.count < Self.mostLines else { throw SMTPSyntaxError(reason: "a reply without end") }
            lines.append(Self.text(rest.dropFirst()))
            code = number
            if rest.first == UInt8(ascii: "-") { continue }
            defer { (code, lines) = (nil, []) }
            return SMTPReply(code: number, lines: lines)
        }
        return nil
    }

    /// Up to CRLF, without it.
    private mutating func line() throws(SMTPSyntaxError) -> [UInt8]? {
        guard let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) else {
            guard buffer.readableBytes < Self.longestLine else { throw SMTPSyntaxError(reason: "a line without end") }
            return nil
        }
        let length = end - buffer.readerIndex
        guard length < Self.longestLine else { throw SMTPSyntaxError(reason: "a line without end") }
        guard let line = buffer.readBytes(length: length + 1)?.dropLast(), line.last == UInt8(ascii: "\r"),
            !line.dropLast().contains(UInt8(ascii: "\r"))
        else { throw SMTPSyntaxError(reason: "a line that does not end with CRLF") }
        return Array(line.dropLast())
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        return String(String.UnicodeScalarView(text.unicodeScalars.filter(\.isHeaderText)))
    }
}
