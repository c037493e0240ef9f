public import DomainKit
import Foundation
import InternationalDomains

/// An e-mail address in the one form in which it is stored and compared: lower case, without surrounding space, its
/// domain in Unicode.
///
/// Accepts what mail systems deliver to in practice: an unquoted local part (RFC 5321 §4.1.2 `Dot-string`, and RFC 6531
/// letters) and a host name with at least two labels, within RFC 5321's lengths (64, 255, 254 octets together). A domain
/// written in Unicode and the same one in Punycode (`xn--`) are one.
public struct EmailAddress: Sendable, CustomStringConvertible {
    private static let longest = 254

    public let description: String
    /// Every form in which an account of this address may be stored, the likeliest first: older versions stored what was
    /// written, in lower case.
    public let forms: [String]

    public init(_ text: String) throws(Violation) {
        guard text.utf8.count <= 1_024 else { throw Self.tooLong }
        let written = text.precomposedStringWithCanonicalMapping.lowercased().precomposedStringWithCanonicalMapping
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let parts = written.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let domain = InternationalDomain(parts[1]) else { throw Self.malformed }
        let address = "\(parts[0])@\(domain.unicode)"
        let ascii = "\(parts[0])@\(domain.ascii)"
        guard [written, address, ascii].allSatisfy({ $0.utf8.count <= Self.longest }) else { throw Self.tooLong }
        guard Self.isLocalPart(parts[0]) else { throw Self.malformed }
        description = address
        forms = [written, address, ascii].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// One that an account is to have: none that is written like another one in letters of another script, or of another form.
    public init(new text: String) throws(Violation) {
        try self.init(text)
        let scalars = localPart.unicodeScalars
        let isMixed = scalars.contains(where: \.isLatinLetter) && scalars.contains(where: \.isLikeLatinLetter)
        let local = String(localPart)
        guard !isMixed, local.precomposedStringWithCompatibilityMapping == local else {
            throw Violation(
                code: "misleading", detail: "Letters that look like others are not allowed beside each other.")
        }
    }

    /// One that was checked before it was stored.
    public init(stored text: String) {
        description = text
        forms = [text]
    }

    /// What stands before the `@`.
    public var localPart: Substring { description.prefix { $0 != "@" } }

    private static let tooLong = Violation(code: "too-long", detail: "At most \(longest) octets are allowed.")
    private static let malformed = Violation(
        code: "not-an-email-address", detail: "An e-mail address like name@example.com is expected.")

    private static func isLocalPart(_ text: Substring) -> Bool {
        guard (1...64).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.unicodeScalars.allSatisfy(isAtomText)
        }
    }

    private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return scalar.isASCIILetterOrDigit || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
        }
        return scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark
            || scalar.properties.numericType != nil
    }
}

extension EmailAddress: Hashable {
    public static func == (left: EmailAddress, right: EmailAddress) -> Bool { left.description == right.description }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(description)
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIILetterOrDigit: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
    }

    fileprivate var isLatinLetter: Bool {
        properties.isAlphabetic
            && (isASCII || ("\u{C0}"..."\u{24F}").contains(self) || ("\u{1E00}"..."\u{1EFF}").contains(self))
    }

    /// Greek, Cyrillic, Armenian and Cherokee have letters that nobody tells from Latin ones.
    fileprivate var isLikeLatinLetter: Bool {
        properties.isAlphabetic
            && [0x370...0x58F, 0x13A0...0x13FF, 0x1F00...0x1FFF, 0xAB70...0xABBF].contains { $0.contains(value) }
    }
}
