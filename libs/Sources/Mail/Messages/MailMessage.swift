public import Foundation

/// A mail, valid once it exists: a text and, beside it, the same in HTML.
///
/// One message has one identifier, which makes its `Message-ID` and its boundary: sent twice it is twice the same bytes, and receivers can tell.
/// A mail goes to all of its recipients or to none, and each of them sees the others.
public struct MailMessage: Sendable, Hashable {
    /// Whom a message that cannot be delivered comes back to (RFC 5321 `MAIL FROM`).
    public enum ReturnPath: Sendable, Hashable {
        case sender
        case address(MailAddress)
        /// Nobody: for answers to mail, so that two machines do not go on answering each other (RFC 3834 §3.3).
        case nobody
    }

    /// That no person wrote it (RFC 3834 §5), which keeps well-behaved machines from answering.
    public enum Origin: String, Sendable, Hashable {
        case generated = "auto-generated"
        case replied = "auto-replied"
        case person = "no"
    }

    /// Bytes of each body.
    public static let longestBody = 1_048_576
    public static let mostRecipients = 50
    /// Scalars.
    static let longestSubject = 500

    public let id: String
    public let sender: MailAddress
    public let recipients: [MailAddress]
    public let subject: String
    public let text: String
    public let html: String?
    public let date: Date
    public let replyTo: MailAddress?
    public let returnPath: ReturnPath
    public let origin: Origin
    public let fields: [MailField]

    /// - Parameters:
    ///   - id: 1 to 64 letters, digits, dots, hyphens and underscores; no other message has the same.
    ///   - date: when it was written, which a later try does not change.
    public init(
        id: String, from sender: MailAddress, to recipients: [MailAddress], subject: String, text: String,
        html: String? = nil, date: Date, replyTo: MailAddress? = nil, returnPath: ReturnPath = .sender,
        origin: Origin = .generated, fields: [MailField] = []
    ) throws(UnusableMail) {
        try Self.check(id: id)
        guard !recipients.isEmpty else { throw .missing(.recipients) }
        guard recipients.count <= Self.mostRecipients else { throw .tooLong(.recipients) }
        guard text.utf8.count <= Self.longestBody else { throw .tooLong(.text) }
        guard (html?.utf8.count ?? 0) <= Self.longestBody else { throw .tooLong(.html) }
        guard fields.count <= 50 else { throw .tooLong(.field) }
        (self.id, self.sender, self.recipients, self.date) = (id, sender, recipients, date)
        self.subject = try Self.checked(subject: subject)
        (self.text, self.html, self.replyTo, self.returnPath) = (text, html, replyTo, returnPath)
        (self.origin, self.fields) = (origin, fields)
    }

    /// Whether it takes a server that speaks SMTPUTF8: an address of it is not ASCII before the `@`.
    public var needsUTF8: Bool {
        var addresses = [sender] + recipients
        if let replyTo { addresses.append(replyTo) }
        if case .address(let address) = returnPath { addresses.append(address) }
        return addresses.contains(where: \.needsUTF8)
    }

    /// As it stands between the brackets of `MAIL FROM:<>`.
    var reversePath: String {
        switch returnPath {
        case .sender: sender.wire
        case .address(let address): address.wire
        case .nobody: ""
        }
    }

    private static func check(id: String) throws(UnusableMail) {
        guard !id.isEmpty else { throw .missing(.identifier) }
        guard id.utf8.count <= 64 else { throw .tooLong(.identifier) }
        let parts = id.split(separator: ".", omittingEmptySubsequences: false)
        guard
            parts.allSatisfy({ part in
                !part.isEmpty && part.unicodeScalars.allSatisfy { $0.isASCIILetterOrDigit || $0 == "-" || $0 == "_" }
            })
        else { throw .notAnIdentifier }
    }

    private static func checked(subject: String) throws(UnusableMail) -> String {
        guard subject.utf8.count <= 4 * longestSubject else { throw .tooLong(.subject) }
        let text = subject.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
        guard text.unicodeScalars.count <= longestSubject else { throw .tooLong(.subject) }
        guard text.unicodeScalars.allSatisfy(\.isHeaderText) else { throw .forbiddenCharacter(.subject) }
        return text
    }
}
