import DomainKit
import Testing
import UserDomain

@Suite struct DisplayNameTests {
    @Test(arguments: [("  花子 ", "花子"), ("Dr. No", "Dr. No"), ("👩‍👩‍👧‍👦 family", "👩‍👩‍👧‍👦 family")])
    func `a name is kept without the space around it`(text: String, name: String) throws {
        #expect(try DisplayName(text).description == name)
    }

    @Test func `eighty characters are allowed, in any script`() throws {
        #expect(try DisplayName(String(repeating: "鬱", count: 80)).description.unicodeScalars.count == 80)
    }

    @Test(arguments: [
        ("", "blank"), (" \n\t", "blank"), ("\u{200B}", "blank"), (String(repeating: "a", count: 81), "too-long"),
        (String(repeating: "a", count: 4_096), "too-long"), ("a\nb", "bad-character"),
        ("a\u{0}b", "bad-character"), ("a\u{202E}b", "bad-character"), ("a\u{2028}b", "bad-character"),
        (String(repeating: "👩‍👩‍👧‍👦", count: 12), "too-long"),
        ("a" + String(repeating: "\u{301}", count: 600), "too-long"),
    ])
    func `other names are refused, with the reason`(text: String, code: String) {
        #expect {
            try DisplayName(text)
        } throws: {
            ($0 as? Violation)?.code == code
        }
    }
}
