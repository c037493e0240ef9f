import Mail
import Testing

@Suite struct MailAddressTests {
    @Test(arguments: [
        ("hanako@example.com", "hanako@example.com"), ("Hanako@Example.COM", "Hanako@example.com"),
        ("o'brien+tag@mail.example", "o'brien+tag@mail.example"),
        ("a.b-c_d@x-y.example.org", "a.b-c_d@x-y.example.org"),
        ("花子@例え.jp", "花子@例え.jp"), ("hanako@xn--r8jz45g.jp", "hanako@例え.jp"), ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
        ("山田taro@example.jp", "山田taro@example.jp"), ("иван@пример.рф", "иван@пример.рф"),
        ("jürgen@faß.de", "jürgen@faß.de"),
        ("a1.б2@example.com", "a1.б2@example.com"), ("cafe\u{301}@example.com", "caf\u{e9}@example.com"),
    ])
    func `an address is read in its one form`(text: String, form: String) throws {
        #expect(try MailAddress(text).address == form)
    }

    @Test(arguments: [
        "", "a", "a@", "@b.co", "a@b", "a@@b.co", "a@b@c.co", "a b@c.co", ".a@b.co", "a.@b.co", "a..b@c.co", "a@-b.co",
        "a@b..co", "a@127.0.0.1", "a@[127.0.0.1]", "\"a b\"@c.co", "a@b.co\u{0}", "a@b＠c.co", " a@b.co", "a@b.co ",
        "<a@b.co>", "a@b.co, c@d.co", "a\u{202E}@b.co", "a\u{200B}b@c.co", "a\u{AD}b@c.co", "a\u{3164}b@c.co",
        "a@b.co\r\nBcc: d@e.co", "a\r\n@b.co", "a\r@b.co", "a\n@b.co", "a@b.co\n", "a>@b.co", "a\u{0}@b.co",
        "a@b.co> SIZE=0\r\nRCPT TO:<d@e.co", "=?UTF-8?Q?a?=@b.co(\u{85}", "a@b.co\u{2028}", "a\\@b.co", "a:b@c.co",
    ])
    func `what is no address, or more than one, is refused`(text: String) {
        #expect(throws: UnusableMail.notAnAddress) { try MailAddress(text) }
    }

    @Test(arguments: [
        "аdmin@example.com", "admin@exаmple.com", "pαypal@example.com", "ａdmin@example.com", "ﬁnance@example.com",
        "𝐚dmin@example.com", "admin.αa@example.com", "а漢@example.com", "аdmin@xn--exmple-4nf.com",
    ])
    func `what passes for another address is refused`(text: String) {
        #expect(throws: UnusableMail.lookAlike) { try MailAddress(text) }
    }

    @Test func `lengths are those of RFC 5321, in octets, in both forms of the domain`() throws {
        let label = String(repeating: "b", count: 60)
        let domain = "\(label).\(label).\(label).com"
        let local = String(repeating: "a", count: 64)
        #expect(try MailAddress("\(local)@\(domain)").address.utf8.count == 251)
        #expect(throws: UnusableMail.tooLong(.address)) { try MailAddress("\(local)a@example.com") }
        #expect(throws: UnusableMail.tooLong(.address)) { try MailAddress("\(local)@bbbb.\(domain)") }
        #expect(throws: UnusableMail.tooLong(.address)) { try MailAddress("\(String(repeating: "花", count: 22))@b.co") }
        #expect(throws: UnusableMail.tooLong(.address)) { try MailAddress(String(repeating: "a", count: 1 << 20)) }
        let wide = (0..<5).map { _ in String(repeating: "例", count: 20) }.joined(separator: ".")
        #expect(throws: UnusableMail.self) { try MailAddress("\(local)@\(wide).jp") }
    }

    @Test(arguments: [
        "Eve\r\nBcc: all@example.com", "Eve\rX", "Eve\nX", "Eve\u{0}", "Eve\u{85}X", "Eve\u{2028}X", "Eve\u{2029}",
        "\u{202E}evE", "Eve\u{2066}", "Eve\u{7F}", "Eve\tX", "\r\n",
    ])
    func `a name that is more than a name is refused`(name: String) {
        #expect(throws: UnusableMail.forbiddenCharacter(.name)) { try MailAddress("eve@example.com", name: name) }
    }

    @Test func `a name is trimmed, in normal form and not too long`() throws {
        #expect(try MailAddress("a@b.co", name: "  Cafe\u{301} ").name == "Caf\u{e9}")
        #expect(try MailAddress("a@b.co", name: " ").name == nil)
        #expect(try MailAddress("a@b.co", name: String(repeating: "あ", count: 256)).name?.count == 256)
        #expect(throws: UnusableMail.tooLong(.name)) {
            try MailAddress("a@b.co", name: String(repeating: "あ", count: 257))
        }
        for text in ["あ", "a\u{301}", "👨‍👩‍👧‍👦", "\u{0}"] {
            #expect(throws: UnusableMail.tooLong(.name)) {
                try MailAddress("a@b.co", name: String(repeating: text, count: 10_000))
            }
        }
    }
}
