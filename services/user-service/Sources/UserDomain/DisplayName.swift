public import DomainKit
import Foundation

/// The name others see: 1 to 80 characters on one line, without surrounding space.
public struct DisplayName: Sendable, Hashable, CustomStringConvertible {
    public static let longest = 80

    public let description: String

    public init(_ text: String) throws(Violation) {
        // Four octets a character at most, and a few marks: whatever is larger need not be counted.
        guard text.utf8.count <= Self.longest * 16 else { throw Self.tooLong }
        let name = text.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !name.isEmpty else { throw Violation(code: "empty", detail: "A name has at least one character.") }
        guard name.count <= Self.longest, name.utf8.count <= Self.longest * 8 else { throw Self.tooLong }
        guard name.unicodeScalars.allSatisfy(Self.isPrintable) else {
            throw Violation(code: "control-character", detail: "Line breaks and control characters are not allowed.")
        }
        description = name
    }

    /// One that was checked before it was stored.
    public init(stored text: String) {
        description = text
    }

    private static let tooLong = Violation(code: "too-long", detail: "At most \(longest) characters are allowed.")

    /// No control characters, and none that change the direction or hide the rest of a line.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator, .privateUse: false
        case .format: scalar == "\u{200D}" || scalar == "\u{200C}"
        default: true
        }
    }
}
