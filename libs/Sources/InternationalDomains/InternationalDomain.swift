internal import CIDN2
internal import Foundation

/// A host name of at least two labels in both its forms (IDNA 2008 under UTS #46).
///
/// By libidn2: Foundation's URLs know it too, but not in a program that is linked statically, as images have it.
public struct InternationalDomain: Sendable, Hashable {
    /// Letters, digits and hyphens; other scripts as `xn--` labels.
    public let ascii: String
    /// What people read; the same as `ascii` where that stands for nothing readable.
    public let unicode: String

    /// Nil for what is no host name. `text` is in lower case.
    public init?(_ text: some StringProtocol) {
        guard text.unicodeScalars.allSatisfy({ !$0.isASCII || $0 == "." || $0.isHostNameCharacter }) else { return nil }
        guard let ascii = Self.ascii(String(text)), Self.isHostName(ascii) else { return nil }
        self.ascii = ascii
        // From the one ASCII form, so that two spellings of a domain cannot end in two readable ones.
        let readable = Self.converted(ascii) { idn2_to_unicode_8z8z($0, $1, 0) }?.precomposedStringWithCanonicalMapping
        unicode = readable.flatMap { Self.ascii($0) == ascii ? $0 : nil } ?? ascii
    }

    /// Nil for characters no domain can have.
    private static func ascii(_ text: String) -> String? {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        return converted(text) {
            idn2_to_ascii_8z($0, $1, Int32(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue))
        }
    }

    private static func converted(
        _ text: String, _ convert: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> String? {
        var output: UnsafeMutablePointer<CChar>?
        guard convert(text, &output) == Int32(IDN2_OK.rawValue), let output else { return nil }
        defer { idn2_free(output) }
        return String(validatingCString: output)
    }

    /// RFC 1123 §2.1, with a last label that is not a number.
    private static func isHostName(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, text.utf8.count <= 253, let last = labels.last, last.utf8.count >= 2,
            !last.unicodeScalars.allSatisfy({ ("0"..."9").contains($0) })
        else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.unicodeScalars.allSatisfy(\.isHostNameCharacter)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isHostNameCharacter: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self) || self == "-"
    }
}
