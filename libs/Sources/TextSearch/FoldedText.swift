import Foundation

/// A text in the form in which searches compare it, in Japanese and English: compatibility forms, widths and cases fold together,
/// and so do the two kana. `ＳＵＭＭＥＲ` is `Summer`, and `ﾅﾂ` is `ナツ` and `なつ`.
///
/// Folding what is folded changes nothing. Pure: what is stored folded by one release is compared by others.
public struct FoldedText: Sendable, Hashable {
    public let text: String

    public init(_ text: String) {
        // Lower case can leave the composed form (`İ`), so that is made again.
        let lower = text.precomposedStringWithCompatibilityMapping.lowercased()
            .precomposedStringWithCompatibilityMapping
        var folded = String.UnicodeScalarView()
        for scalar in lower.unicodeScalars { folded.append(Self.hiragana(of: scalar) ?? scalar) }
        self.text = String(folded)
    }

    /// What Unicode calls White_Space parts words, whatever marks follow it.
    public var words: [String] {
        text.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
    }

    /// Katakana that have a hiragana, and their iteration marks, lie at one distance from it.
    private static func hiragana(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x30A1...0x30F6, 0x30FD...0x30FE: Unicode.Scalar(scalar.value - 0x60)
        default: nil
        }
    }
}
