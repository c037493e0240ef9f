import DomainKit
import Testing
import UserDomain

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("Hanako@Example.COM", "hanako@example.com"), ("  a@b.co\n", "a@b.co"),
        ("o'brien+tag@mail.example", "o'brien+tag@mail.example"),
        ("花子@例え.jp", "花子@例え.jp"), ("a.b.c@x-y.example.org", "a.b.c@x-y.example.org"),
    ])
    func `an address has one form`(text: String, form: String) throws {
        #expect(try EmailAddress(text).description == form)
    }

    @Test func `composed and decomposed letters are the same address`() throws {
        #expect(try EmailAddress("cafe\u{301}@example.com") == EmailAddress("caf\u{e9}@example.com"))
    }

    @Test(arguments: [
        "", "a", "a@", "@b.co", "a@b", "a@@b.co", "a@b@c.co", "a b@c.co", ".a@b.co", "a.@b.co", "a..b@c.co", "a@-b.co",
        "a@b-.co", "a@b..co", "a@.co", "a@b.c", "a@127.0.0.1", "a@[127.0.0.1]", "\"a b\"@c.co", "a@b.co\u{0}",
        "a\u{7}@b.co",
        "a,b@c.co", "<a@b.co>", "a@b.co, c@d.co", "a\u{202E}@b.co", String(repeating: "a", count: 65) + "@b.co",
        "a@" + String(repeating: "b", count: 64) + ".co", "a@" + String(repeating: "bcdefg.", count: 40) + "co",
    ])
    func `what is no address is refused`(text: String) {
        #expect(throws: Violation.self) { try EmailAddress(text) }
    }

    @Test func `a megabyte is refused`() {
        let text = String(repeating: "x", count: 1_048_576)
        #expect(throws: Violation.self) { try EmailAddress(text) }
    }
}
