/// What a server says it can do in its answer to `EHLO` (RFC 5321 §4.1.1.1).
struct SMTPCapabilities: Sendable, Hashable {
    var offersStartTLS = false
    /// Bytes a message may have (RFC 1870); nil where the extension is not offered, 0 where there is no fixed limit.
    var size: Int?
    /// RFC 6531, which needs 8BITMIME beside it.
    var takesUTF8 = false
    /// In capitals.
    var mechanisms: Set<String> = []

    init() {}

    init(_ reply: SMTPReply) {
        var has8Bit = false
        // The first line is the server's name.
        for line in reply.lines.dropFirst() {
            let words = line.uppercased().split(separator: " ")
            switch words.first {
            case "STARTTLS": offersStartTLS = true
            case "8BITMIME": has8Bit = true
            case "SMTPUTF8": takesUTF8 = true
            // A number too large to be one is no limit of ours.
            case "SIZE": size = words.dropFirst().first.map { Int($0) ?? 0 } ?? 0
            case "AUTH": mechanisms.formUnion(words.dropFirst().map(String.init))
            default: break
            }
        }
        takesUTF8 = takesUTF8 && has8Bit
    }
}
