/// A reply of one or more lines (RFC 5321 §4.2).
struct SMTPReply: Sendable, Hashable {
    let code: Int
    /// The text of each line, without control characters.
    let lines: [String]

    var isPositive: Bool { (200..<300).contains(code) }
    /// The command may go on (354 to `DATA`, 334 to `AUTH`).
    var isIntermediate: Bool { (300..<400).contains(code) }
    /// The same may succeed later.
    var isTransient: Bool { (400..<500).contains(code) }

    /// RFC 3463 §2, where the first line begins with one of this reply's class.
    var status: String? {
        guard let word = lines.first?.split(separator: " ").first else { return nil }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\(code / 100)",
            parts[1...].allSatisfy({ (1...3).contains($0.count) && $0.allSatisfy { ("0"..."9").contains($0) } })
        else { return nil }
        return String(word)
    }

    var forCallers: MailFailure.Reply {
        .init(code: code, status: status, text: String(lines.joined(separator: " ").prefix(512)))
    }
}

/// The server's bytes are no reply.
struct SMTPSyntaxError: Error, Sendable, Hashable {
    let reason: String
}
