import Foundation

/// The form of tags, and what the release before compares searches in: compatibility forms, widths and cases fold together, kana
/// do not. Folding what is folded changes nothing. `FoldedText` is how searches compare now.
public func foldedForSearch(_ text: String) -> String {
    // Lower case can leave the composed form (`İ`), so that is made again.
    text.precomposedStringWithCompatibilityMapping.lowercased().precomposedStringWithCompatibilityMapping
}
