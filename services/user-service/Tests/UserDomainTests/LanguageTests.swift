import Testing
import UserDomain

@Suite struct LanguageTests {
    @Test(
        arguments: [
            (nil, Language.english), ("", .english), ("ja", .japanese), ("ja-JP,ja;q=0.9,en;q=0.8", .japanese),
            ("en-GB, ja;q=0.9", .english), ("fr, JA;q=0.5, en;q=0.4", .japanese), ("ja;q=0, en;q=0.1", .english),
            ("ja;q=0", .english), ("*", .english), ("de, *;q=0.5", .english), ("ja;q=nan, en;q=0.1", .english),
            ("ja;q=1e999", .english), (";;;,,,q=", .english),
            (String(repeating: "fr,", count: 100_000) + "ja", .english),
        ] as [(String?, Language)])
    func `people are written to in the language they like best of those there are`(
        field: String?, language: Language
    ) {
        #expect(Language(accepting: field) == language)
    }

    @Test func `a language of a later version is English`() {
        #expect(Language(stored: "eo") == .english && Language(stored: "ja") == .japanese)
    }
}
