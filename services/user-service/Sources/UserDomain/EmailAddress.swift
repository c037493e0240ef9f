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
}
