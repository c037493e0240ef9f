import Foundation

/// The one rule for every name people see: display names, rooms, titles, tags.
///
/// A name is in NFC, has no white space at its ends, no control characters, no line or paragraph separators, nothing that
/// turns the direction of what follows it, and at least one character that can be seen. Its length counts Unicode scalars,
/// as `maxLength` of a JSON schema does, and is looked at after normalisation: what was accepted fits where it is kept.
///
/// ```swift
/// public init(_ text: String) throws(Violation) { self.text = try NameRule(longest: 100).checked(text) }
/// ```
public struct NameRule: Sendable, Hashable {
    public let longest: Int

    public init(longest: Int) {
        self.longest = longest
    }

    /// The name in the form in which it is stored. Fails: `too-long`, `blank`, `bad-character`.
    public func checked(_ text: String) throws(Violation) -> String {
        // Bytes first: normalising a megabyte is work a caller could make us do. No form of a name is shorter by more.
        guard text.utf8.count <= longest * 16 else { throw tooLong }
        let name = text.precomposedStringWithCanonicalMapping.trimmingWhiteSpace
        guard name.unicodeScalars.count <= longest else { throw tooLong }
        guard !name.unicodeScalars.contains(where: \.isUnfitForNames) else {
            throw Violation(
                code: "bad-character",
                detail: "Control characters, line breaks and marks that turn the direction of text are not allowed.")
        }
        guard name.unicodeScalars.contains(where: \.isVisible) else {
            throw Violation(code: "blank", detail: "At least one visible character is needed.")
        }
        return name
    }

    /// What a derived name, as a title from the name of a file, becomes under the rule: it is cut and cleaned, never
    /// refused. Nil when nothing visible is left.
    public func bent(_ text: String) -> String? {
        // Bytes first here as well: what stands behind this cannot be part of the name.
        let scalars = text.unicodeScalars.prefix(longest * 16).filter { !$0.isUnfitForNames }
        var name = String(String.UnicodeScalarView(scalars)).precomposedStringWithCanonicalMapping.trimmingWhiteSpace
        var excess = name.unicodeScalars.count - longest
        while excess > 0, let last = name.last {
            excess -= last.unicodeScalars.count  // whole characters: half a family is another picture
            name.removeLast()
        }
        name = name.trimmingWhiteSpace
        return name.unicodeScalars.contains(where: \.isVisible) ? name : nil
    }

    private var tooLong: Violation {
        Violation(code: "too-long", detail: "At most \(longest) characters are allowed.")
    }
}

extension String {
    /// Without what Unicode calls White_Space at both ends.
    fileprivate var trimmingWhiteSpace: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    /// Controls, separators of lines, and embeddings, overrides and isolates of direction (UAX #9 §2).
    fileprivate var isUnfitForNames: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: ("\u{202A}"..."\u{202E}").contains(self) || ("\u{2066}"..."\u{2069}").contains(self)
        default: false
        }
    }

    /// Draws something by itself: no space, no mark that needs a base, no filler.
    fileprivate var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .nonspacingMark, .enclosingMark,
            .surrogate:
            false
        default: !properties.isDefaultIgnorableCodePoint && self != "\u{2800}"  // the blank of Braille
        }
    }
}
