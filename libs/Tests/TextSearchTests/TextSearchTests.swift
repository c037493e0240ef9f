import Testing
import TextSearch

@Suite("Text that is searched")
struct TextSearchTests {
    @Test func `widths, cases, forms and kana fold together`() {
        for (left, right) in [
            ("ＳＵＭＭＥＲ", "summer"), ("ﾅﾂ", "なつ"), ("ナツ", "なつ"), ("ガ", "か\u{3099}"), ("ｶﾞ", "が"), ("①", "1"), ("ﬁ", "fi"),
            ("ヽヾ", "ゝゞ"), ("ヴ", "ゔ"), ("ヶ", "ゖ"), ("é", "e\u{301}"), ("㍻", "平成"), ("İ", "i\u{307}"),
        ] { #expect(FoldedText(left) == FoldedText(right), "\(left) and \(right)") }
        #expect(FoldedText("ー") == FoldedText("ー") && FoldedText("夏") != FoldedText("下"))
    }

    @Test func `folding what is folded changes nothing`() {
        for value in (0x20...0x2FFFF).compactMap(Unicode.Scalar.init) {
            let folded = FoldedText("a\(value)").text
            #expect(Array(FoldedText(folded).text.utf8) == Array(folded.utf8), "U+\(String(value.value, radix: 16))")
        }
    }

    @Test func `words are parted by any white space and by nothing else`() {
        #expect(FoldedText(" 夏祭り\u{3000}Summer\n\t2026 \u{301}x").words == ["夏祭り", "summer", "2026", "\u{301}x"])
        #expect(FoldedText(" \u{3000}").words == [])
    }

    @Test func `a text has every term of every part of its words`() {
        let text = FoldedText("夏祭り 100% n_x 👩‍👩‍👧 e\u{301}")
        let terms = Set(SearchTerms.all(in: text))
        for word in text.words {
            let scalars = Array(word.unicodeScalars)
            for start in scalars.indices {
                for end in start..<scalars.count {
                    var part = String.UnicodeScalarView()
                    part.append(contentsOf: scalars[start...end])
                    for longest in 1...SearchTerms.longest {
                        let wanted = SearchTerms.of(word: String(part), longest: longest)
                        #expect(!wanted.isEmpty && terms.isSuperset(of: wanted), "\(String(part))")
                    }
                }
            }
        }
        #expect(!terms.contains("り1") && terms.allSatisfy { (1...3).contains($0.unicodeScalars.count) })
    }

    @Test func `terms are each there once and in one order`() {
        #expect(SearchTerms.all(in: FoldedText("aba ab")) == ["a", "ab", "aba", "b", "ba"])
        #expect(SearchTerms.of(word: "ababa") == ["aba", "bab"])
        #expect(SearchTerms.of(word: "abab", longest: 2) == ["ab", "ba"])
        #expect(SearchTerms.of(word: "祭り") == ["祭り"])
        #expect(SearchTerms.of(word: "祭") == ["祭"])
        #expect(SearchTerms.all(in: FoldedText("")) == [] && SearchTerms.of(word: "") == [])
    }
}
