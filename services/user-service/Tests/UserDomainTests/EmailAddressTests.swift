import DomainKit
import Testing
import UserDomain

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("Hanako@Example.COM", "hanako@example.com"), ("  a@b.co\n", "a@b.co"),
        ("o'brien+tag@mail.example", "o'brien+tag@mail.example"),
        ("花子@例え.jp", "花子@例え.jp"), ("花子@xn--r8jz45g.jp", "花子@例え.jp"), ("花子@XN--R8JZ45G.jp", "花子@例え.jp"),
        ("a@例え。jp", "a@例え.jp"), ("a@ｅｘａｍｐｌｅ.com", "a@example.com"), ("a@FAß.de", "a@faß.de"),
        ("a@xn--fa-hia.de", "a@faß.de"), ("a@fass.de", "a@fass.de"), ("a@xn--zzzzzzz999.com", "a@xn--zzzzzzz999.com"),
        ("a.b.c@x-y.example.org", "a.b.c@x-y.example.org"),
    ])
    func `an address has one form`(text: String, form: String) throws {
        #expect(try EmailAddress(text).description == form)
    }

    @Test(arguments: [
        // RFC 3492 §7.1: samples B, F, I, L, and A without its question mark, which no domain may have.
        ("ليهمابتكلموشعربي", "xn--mgbcah9ar9a4efegftvvn"), ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
        ("למההםפשוטלאמדבריםעברית", "xn--4dbcagdahymbxekheh6e0a7fei0b"),
        ("почемужеонинеговорятпорусски", "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"),
        ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
    ])
    func `the samples of Punycode are one domain in both forms`(unicode: String, ascii: String) throws {
        let address = try EmailAddress("a@\(unicode).example")
        #expect(address == (try EmailAddress("a@\(ascii).example")))
        #expect(address.description == "a@\(unicode).example" && address.forms.contains("a@\(ascii).example"))
    }

    @Test func `the form that is stored has no other form`() throws {
        for text in ["花子@例え.jp", "a@xn--r8jz45g.jp", "İ@x.co", "ΑΣ@FASS.de", "cafe\u{301}@e\u{301}x.com"] {
            let address = try EmailAddress(text)
            #expect(try EmailAddress(address.description) == address, "\(text)")
            #expect(EmailAddress(stored: address.description) == address)
        }
    }

    @Test func `composed and decomposed letters are the same address`() throws {
        #expect(try EmailAddress("cafe\u{301}@example.com") == EmailAddress("caf\u{e9}@example.com"))
    }

    @Test(arguments: [
        "", "a", "a@", "@b.co", "a@b", "a@@b.co", "a@b@c.co", "a b@c.co", ".a@b.co", "a.@b.co", "a..b@c.co", "a@-b.co",
        "a@b-.co", "a@b..co", "a@.co", "a@b.c", "a@127.0.0.1", "a@[127.0.0.1]", "\"a b\"@c.co", "a@b.co\u{0}",
        "a@b＠c.co", "a@\u{200D}b.co", "a@例\u{202E}え.jp", "a@例え", "a@b/c.co", "a@b%63.co",
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

    @Test(arguments: [
        "аdmin@example.com", "hanakо@example.com", "admιn@example.com", "ｈanako@example.com", "ﬁre@example.com",
        "a²@example.com",
    ])
    func `an address that looks like another one is refused for a new account, and found where it is one's`(
        text: String
    ) throws {
        #expect(throws: Violation.self) { try EmailAddress(new: text) }
        _ = try EmailAddress(text)
    }

    @Test(arguments: [
        "админ@example.com", "花子tanaka@例え.jp", "αβγ@example.com", "josé@example.com", "o'brien+tag@mail.example",
    ])
    func `one script, or Latin beside one that has no such letters, misleads nobody`(text: String) throws {
        #expect(try EmailAddress(new: text) == EmailAddress(text))
    }

    @Test(arguments: [
        "a\r\nBcc: b@c.co", "a@b.co\r\nBcc: c@d.co", "a\u{2028}b@c.co", "a@b.co,c@d.co", "=?utf-8?q?a?=@b.co x",
    ])
    func `no address adds a line or a receiver`(text: String) {
        #expect(throws: Violation.self) { try EmailAddress(text) }
    }
}
