internal import Foundation
internal import InternationalDomains

/// An address that mail goes to or comes from, with the name shown beside it.
///
/// Strict, since it ends in a header and in an SMTP command: an unquoted local part (RFC 5321 §4.1.2 `Dot-string`, and
/// RFC 6531 letters) and a host name of at least two labels, within RFC 5321's lengths (64 and 254 octets), nothing that
/// passes for another address. The domain is folded to lower case; the local part stays as it was written.
public struct MailAddress: Sendable, Hashable {
    /// Scalars.
    static let longestName = 256
    private static let longest = 254

    /// In normal form, without surrounding space; nil where there is none.
    public let name: String?
    public let localPart: String
    private let domain: InternationalDomain

    public init(_ address: String, name: String? = nil) throws(UnusableMail) {
        guard address.utf8.count <= 1_024 else { throw .tooLong(.address) }
        let parts = address.precomposedStringWithCanonicalMapping
            .split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let domain = InternationalDomain(parts[1].lowercased()) else { throw .notAnAddress }
        let local = String(parts[0])
        guard Self.isLocalPart(local) else { throw .notAnAddress }
        guard local.utf8.count <= 64,
            [domain.ascii, domain.unicode].allSatisfy({ local.utf8.count + 1 + $0.utf8.count <= Self.longest })
        else { throw .tooLong(.address) }
        guard local.precomposedStringWithCompatibilityMapping == local, Script.areReadable(in: local),
            Script.areReadable(in: domain.unicode)
        else { throw .lookAlike }
        (localPart, self.domain) = (local, domain)
        self.name = try name.flatMap { name throws(UnusableMail) in try Self.checked(name: name) }
    }

    /// With the domain in Unicode: what people read.
    public var address: String { "\(localPart)@\(domain.unicode)" }

    /// Whether only servers that speak SMTPUTF8 (RFC 6531) can take it: the local part is not ASCII.
    public var needsUTF8: Bool { !localPart.utf8.allSatisfy { $0 < 0x80 } }

    /// As it travels: in ASCII where it can be, else in UTF-8 altogether.
    var wire: String { needsUTF8 ? address : "\(localPart)@\(domain.ascii)" }

    var asciiDomain: String { domain.ascii }

    private static func checked(name: String) throws(UnusableMail) -> String? {
        guard name.utf8.count <= 4 * longestName else { throw .tooLong(.name) }
        let text = name.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
        guard text.unicodeScalars.count <= longestName else { throw .tooLong(.name) }
        guard text.unicodeScalars.allSatisfy(\.isHeaderText) else { throw .forbiddenCharacter(.name) }
        return text.isEmpty ? nil : text
    }

    private static func isLocalPart(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.unicodeScalars.allSatisfy(\.isLocalPartText)
        }
    }
}

extension Unicode.Scalar {
    var isASCIILetterOrDigit: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
    }

    /// RFC 5322 §3.2.3 `atext`.
    var isAtomText: Bool { isASCIILetterOrDigit || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(self) }

    /// What may stand in the text of a header: no controls, no line or paragraph separators, nothing that turns the
    /// direction of what follows.
    var isHeaderText: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !(0x202A...0x202E).contains(value) && !(0x2066...0x2069).contains(value)
        }
    }

    fileprivate var isLocalPartText: Bool {
        if isASCII { return isAtomText }
        guard !properties.isDefaultIgnorableCodePoint else { return false }
        return properties.isAlphabetic || properties.generalCategory == .nonspacingMark
            || properties.numericType != nil
    }
}

extension MailAddress: CustomStringConvertible {
    public var description: String { address }
}
