/// What texts are found by in an inverted index: every scalar of their words and every two neighbours, so that a word of one or
/// two characters, as Japanese has them, is found as any other, and so is a part of a word.
///
/// A text that has all terms of a word may still not have the word: whoever looks in the index compares what it gives.
public enum SearchTerms {
    /// Each once, in an order that is always the same.
    public static func all(in text: FoldedText) -> [String] {
        var terms: Set<String> = []
        for word in text.words {
            var before: Unicode.Scalar?
            for scalar in word.unicodeScalars {
                terms.insert(String(scalar))
                if let before { terms.insert(pair(before, scalar)) }
                before = scalar
            }
        }
        return terms.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }

    /// Those of a folded word that are worth asking for: its pairs, or itself when it is one scalar.
    public static func of(word: String) -> [String] {
        let scalars = Array(word.unicodeScalars)
        if scalars.count == 1 { return [word] }
        return Set(zip(scalars, scalars.dropFirst()).map(pair)).sorted {
            $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars)
        }
    }

    private static func pair(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> String {
        var text = String.UnicodeScalarView()
        text.append(first)
        text.append(second)
        return String(text)
    }
}
