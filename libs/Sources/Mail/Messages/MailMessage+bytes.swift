extension MailMessage {
    /// The message as it travels (RFC 5322, RFC 2045): lines end with CRLF and have at most 998 characters, mostly 76,
    /// and all of it is ASCII where `needsUTF8` is false. The same message is the same bytes.
    public func bytes() -> [UInt8] {
        var header = HeaderWriter()
        header.field("From", addresses: [sender])
        header.field("To", addresses: recipients)
        if let replyTo { header.field("Reply-To", addresses: [replyTo]) }
        header.field("Subject", text: subject, longestWord: 66)
        header.field("Date", words: [MailDate.field(date)])
        header.field("Message-ID", words: ["<\(id)@\(sender.asciiDomain)>"])
        if origin != .person { header.field("Auto-Submitted", words: [origin.rawValue]) }
        header.field("MIME-Version", words: ["1.0"])
        for field in fields { header.field(field.name, text: field.value, longestWord: HeaderWriter.longestWord) }
        guard let html else { return header.bytes + MailBody.bytes(of: text, subtype: "plain") }
        header.field("Content-Type", words: ["multipart/alternative;", "boundary=\"\(boundary)\""])
        return header.bytes + Array("\r\n--\(boundary)\r\n".utf8) + MailBody.bytes(of: text, subtype: "plain")
            + Array("\r\n--\(boundary)\r\n".utf8) + MailBody.bytes(of: html, subtype: "html")
            + Array("\r\n--\(boundary)--\r\n".utf8)
    }

    /// In neither encoding of a body can `=_` stand (RFC 2045 §6.7 (1)), so that no text ends its part.
    private var boundary: String { "=_\(id)" }
}
