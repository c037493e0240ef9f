internal import Foundation

/// A header field besides those that a message writes itself.
public struct MailField: Sendable, Hashable {
    public let name: String
    /// ASCII travels as it is, so a structured value such as that of `List-Unsubscribe` stays one; anything else as
    /// encoded words.
    public let value: String

    /// Refuses the names the message or the way writes (`Subject`, `Received`, `Content-...`, `Resent-...`), whatever
    /// would end the line, and a word too long for one.
    public init(name: String, value: String) throws(UnusableMail) {
        guard (1...64).contains(name.utf8.count),
            name.unicodeScalars.allSatisfy({ $0.isASCIILetterOrDigit || $0 == "-" }),
            !Self.reserved.contains(name.lowercased()),
            !Self.reservedPrefixes.contains(where: name.lowercased().hasPrefix)
        else { throw .notAFieldName }
        guard value.utf8.count <= 4_096, !Self.hasLongWord(value) else { throw .tooLong(.field) }
        let text = value.precomposedStringWithCanonicalMapping
        guard text.unicodeScalars.allSatisfy(\.isHeaderText) else { throw .forbiddenCharacter(.field) }
        (self.name, self.value) = (name, text)
    }

    /// A word that no fold can bring under RFC 5322's 998 characters a line, less the name.
    private static func hasLongWord(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 < 0x80 }
            && value.split(separator: " ").contains { $0.utf8.count > HeaderWriter.longestWord }
    }

    private static let reserved: Set<String> = [
        "from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "subject", "date", "auto-submitted",
        "mime-version", "return-path", "received", "delivered-to", "dkim-signature", "authentication-results",
    ]
    private static let reservedPrefixes = ["content-", "resent-", "arc-"]
}
