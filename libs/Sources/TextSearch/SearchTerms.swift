/// What texts are found by in an inverted index: every one, two and three scalars that follow each other in their words. So a word
/// of one or two characters, as Japanese has them, is found as any other, and so is a part of a word.
///
/// Three, since an alphabet has few letters: a pair of them is in a tenth of all titles, and three are in few.
/// A text that has all terms of a word may still not have the word: whoever looks in the index compares what it gives.
public enum SearchTerms {
    /// How many scalars the longest terms have.
    public static let longest = 3

    /// Each once, in an order that is always the same.
    public static func all(in text: FoldedText) -> [String] {
        var terms: Set<String> = []
        for word in text.words {
            let scalars = Array(word.unicodeScalars)
            for length in 1...longest { terms.formUnion(runs(of: length, in: scalars)) }
        }
        return inOrder(terms)
    }

    /// Those of a folded word that are worth asking for: the longest it has, and none that these hold.
    ///
    /// - Parameter longest: how many scalars the longest terms have of which those to be looked through were made.
    public static func of(word: String, longest: Int = longest) -> [String] {
        let scalars = Array(word.unicodeScalars)
        return inOrder(Set(runs(of: min(longest, scalars.count), in: scalars)))
    }

    private static func runs(of length: Int, in scalars: [Unicode.Scalar]) -> [String] {
        guard length > 0, scalars.count >= length else { return [] }
        return (0...scalars.count - length).map { start in
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars[start..<start + length])
            return String(text)
        }
    }

    private static func inOrder(_ terms: Set<String>) -> [String] {
        terms.sorted { $0.unicodeScalars.lexicographicallyPrecedes($1.unicodeScalars) }
    }
}
