import DomainKit
import Testing
import UserDomain

@Suite struct PasswordTests {
    @Test(arguments: [
        "tr0ub4dor&3", "ひらがなのあいことば", String(repeating: "ab", count: 128), "        x", "hiroba is home",
        "user-928374019", "3847 2938 1029", "🔑🔑🔑🔑🔑🔑🔑🗝",
    ])
    func `eight to 256 characters of any kind are a password`(text: String) throws {
        #expect(try Password(text).bytes == Array(text.utf8))
    }

    @Test(arguments: [
        ("", "too-short"), ("1234567", "too-short"), ("パスワード", "too-short"),
        (String(repeating: "ab", count: 128) + "c", "too-long"), (String(repeating: "x", count: 4_096), "too-long"),
        ("password", "too-common"), ("PassWord123", "too-common"), ("qwertyuiop", "too-common"),
        ("Welcome12", "too-common"),
        ("aaaaaaaaaaaaaaaa", "too-common"), ("Hanako@Example.com", "too-common"), ("Hiroba2026!", "too-common"),
        ("!!moderator-1", "too-common"), ("ひろば12345", "too-common"), ("HIROBAhiroba", "too-common"),
    ])
    func `others are refused, with the reason`(text: String, code: String) {
        #expect {
            try Password(text, forbidden: ["hanako@example.com"])
        } throws: {
            ($0 as? Violation)?.code == code
        }
    }

    @Test func `a password typed on another keyboard is the same`() throws {
        let composed = try Password("caf\u{e9} au lait")
        #expect(composed.bytes == ClaimedPassword("cafe\u{301} au lait").bytes)
    }

    @Test func `a claimed password larger than any costs nothing`() {
        #expect(ClaimedPassword(String(repeating: "x", count: 1_048_576)).bytes == nil)
        #expect(ClaimedPassword("short").bytes != nil)
    }

    @Test(arguments: [
        "hanako2026", "Tanaka-1234", "花子花子花子花子", "hanako.tanaka", "HanakoTanaka!", "hiroba-hanako1", "ｈａｎａｋｏ99",
    ])
    func `the account's own words, with a few signs, are no password`(text: String) {
        let own = ["hanako.tanaka@mail.example", "hanako.tanaka", "花子 田中"]
        #expect {
            try Password(text, forbidden: own)
        } throws: {
            ($0 as? Violation)?.code == "too-common"
        }
    }

    @Test(arguments: ["hanako likes tea", "a-b-c-d-e", "tanaka928374019", "花子の長いあいことば"])
    func `more than the own words is a password`(text: String) throws {
        _ = try Password(text, forbidden: ["hanako.tanaka@a.bc", "a.b", "花子 c"])
    }
}
