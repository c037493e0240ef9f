public import DomainKit
import Foundation

/// An e-mail address in the one form in which it is stored and compared: lower case, without surrounding space.
///
/// Accepts what mail systems deliver to in practice: an unquoted local part (RFC 5321 §4.1.2 `Dot-string`, and RFC 6531
/// letters) and a host name with at least two labels, within RFC 5321's lengths (64, 255, 254 octets together).
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ text: String) throws(Violation) {
        guard text.utf8.count <= 1_024 else { throw Self.tooLong }
        let address = text.precomposedStringWithCanonicalMapping.lowercased()
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard address.utf8.count <= 254 else { throw Self.tooLong }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isLocalPart(parts[0]), Self.isDomain(parts[1]) else {
            throw Violation(
                code: "not-an-email-address", detail: "An e-mail address like name@example.com is expected.")
        }
        description = address
    }

    /// One that was checked before it was stored.
    public init(stored text: String) {
        description = text
    }

    /// What stands before the `@`.
    public var localPart: Substring { description.prefix { $0 != "@" } }

    private static let tooLong = Violation(code: "too-long", detail: "At most 254 octets are allowed.")

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

    private static func isDomain(_ text: Substring) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, text.utf8.count <= 253, let last = labels.last, last.utf8.count >= 2,
            !last.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy { scalar in
                    scalar.isASCII ? scalar.isASCIILetterOrDigit || scalar == "-" : isAtomText(scalar)
                }
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isASCIILetterOrDigit: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
    }
}
