import DomainKit
import Testing

struct NameRuleTests {
    private let rule = NameRule(longest: 10)

    @Test(
        "Names are kept in NFC and without space around them",
        arguments: [
            ("  Aoi ", "Aoi"), ("\u{3000}広場\u{3000}", "広場"), ("Cafe\u{301}", "Caf\u{e9}"), ("a b", "a b"),
        ])
    func names(_ sent: String, _ kept: String) throws {
        let checked = try rule.checked(sent)
        #expect(Array(checked.unicodeScalars) == Array(kept.unicodeScalars))
    }

    @Test("A name may hold what honest people write", arguments: ["👩‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "نه‌می", "O'Neill", "ǆ"])
    func honest(_ name: String) throws {
        #expect(try rule.checked(name) == name)
    }

    @Test("Length counts scalars after normalisation")
    func length() throws {
        #expect(try rule.checked(String(repeating: "e\u{301}", count: 10)).unicodeScalars.count == 10)
        #expect(violation(String(repeating: "👩‍👩‍👧", count: 3)) == "too-long")  // three characters of five scalars
        #expect(violation(String(repeating: "\u{958}", count: 6)) == "too-long")  // each becomes two under NFC
        #expect(violation(String(repeating: "x", count: 100_000)) == "too-long")
    }

    @Test(
        "What hides, turns or breaks a line is refused",
        arguments: [
            "a\u{202E}b", "a\u{2066}b", "a\nb", "a\u{2028}b", "a\u{2029}b", "a\u{85}b", "a\u{0}b", "a\u{7f}b",
        ])
    func unfit(_ name: String) {
        #expect(violation(name) == "bad-character")
    }

    @Test(
        "A name of nothing visible is blank",
        arguments: [
            "", "   ", "\u{200B}", "\u{200D}\u{200D}", "\u{3164}", "\u{2800}", "\u{301}", "\u{FEFF}", "\u{FE0F}",
        ])
    func blank(_ name: String) {
        #expect(violation(name) == "blank")
    }

    @Test("A derived name is cut at whole characters and cleaned")
    func bent() {
        #expect(rule.bent("a\u{202E}b\nc") == "abc")
        #expect(rule.bent("12345678 90abc") == "12345678 9")
        #expect(rule.bent("123456789 x") == "123456789")
        #expect(rule.bent("12345678👩‍👩‍👧") == "12345678")
        #expect(rule.bent("\u{200B}\n") == nil)
        #expect(rule.bent(String(repeating: "長", count: 100_000))?.unicodeScalars.count == 10)
    }

    @Test(
        "Whatever a bent name is, the rule takes it as it is",
        arguments: ["  a  b  ", "\u{958}\u{958}\u{958}\u{958}\u{958}\u{958}", "e\u{301}"])
    func bentIsAccepted(_ text: String) throws {
        let name = try #require(rule.bent(text))
        #expect(try rule.checked(name) == name)
    }

    private func violation(_ text: String) -> String? {
        do throws(Violation) {
            _ = try rule.checked(text)
            return nil
        } catch { return error.code }
    }
}
