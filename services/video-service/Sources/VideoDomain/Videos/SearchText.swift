import Foundation

/// How text is compared in a search: compatibility forms, widths and cases fold together, so `ＳＵＭＭＥＲ` finds `Summer`
/// and `ﾅﾂ` finds `ナツ`. Folding what is folded changes nothing.
public func foldedForSearch(_ text: String) -> String {
    // Lower case can leave the composed form (`İ`), so that is made again.
    text.precomposedStringWithCompatibilityMapping.lowercased().precomposedStringWithCompatibilityMapping
}

/// The words of a search, folded; what Unicode calls White_Space parts them, whatever marks follow it.
func searchWords(_ text: String) -> [String] {
    foldedForSearch(text).unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
}
