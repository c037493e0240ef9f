import Foundation
import Mail
import Testing

@Suite struct MailMessageTests {
    private static let date = Date(timeIntervalSince1970: 1_795_702_200)

    @Test func `a message of two forms is these bytes`() throws {
        let message = try MailMessage(
            id: "0192-abc", from: MailAddress("no-reply@example.com", name: "広場"),
            to: [MailAddress("hanako@例え.jp", name: "O'Brien, Hanako \"H\"")], subject: "ようこそ",
            text: "Hello = you\nBye ",
            html: "<p>こんにちは</p>", date: Self.date)
        let expected = """
            From: =?UTF-8?B?5bqD5aC0?= <no-reply@example.com>
            To: "O'Brien, Hanako \\"H\\"" <hanako@xn--r8jz45g.jp>
            Subject: =?UTF-8?B?44KI44GG44GT44Gd?=
            Date: Thu, 26 Nov 2026 14:10:00 +0000
            Message-ID: <0192-abc@example.com>
            Auto-Submitted: auto-generated
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary="=_0192-abc"

            --=_0192-abc
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Hello =3D you
            Bye=20

            --=_0192-abc
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: base64

            PHA+44GT44KT44Gr44Gh44GvPC9wPg0K

            --=_0192-abc--

            """
        #expect(String(decoding: message.bytes(), as: UTF8.self) == expected.replacing("\n", with: "\r\n"))
        #expect(message.bytes() == message.bytes())
    }

    @Test func `Python reads what was written`() throws {
        let text = "確認のリンク:\r\nhttps://example.com/?token=abc&x=1\rlone\nend" + String(repeating: "長い", count: 600)
        let message = try MailMessage(
            id: "a.b_c-1", from: MailAddress("a@b.example", name: "Hiroba = 広場"),
            to: [
                MailAddress("hanako@例え.jp", name: "花子"), MailAddress("bob@example.com"),
                MailAddress("c@example.com", name: "Dr. C, \"x\" \\ <y@z.example>"),
            ],
            subject: String(repeating: "件名 ", count: 60), text: text, html: "<b>\(text)</b>", date: Self.date,
            replyTo: MailAddress("help@b.example", name: String(repeating: "Long name ", count: 20)),
            fields: [
                MailField(
                    name: "List-Unsubscribe", value: "<https://example.com/u?\(String(repeating: "x", count: 600))>"),
                MailField(name: "X-Note", value: "メモ"),
            ])
        let read = try PythonReading.of(message)
        #expect(read.defects == [])
        #expect(read["Subject"] == message.subject && read["X-Note"] == "メモ")
        #expect(read["List-Unsubscribe"] == message.fields[0].value)
        #expect(read["Message-ID"] == "<a.b_c-1@b.example>" && read["Auto-Submitted"] == "auto-generated")
        #expect(read["Date"] == "Thu, 26 Nov 2026 14:10:00 +0000")
        #expect(read.people["From"] == [["Hiroba = 広場", "a@b.example"]])
        #expect(
            read.people["To"] == [
                ["花子", "hanako@xn--r8jz45g.jp"], ["", "bob@example.com"],
                ["Dr. C, \"x\" \\ <y@z.example>", "c@example.com"],
            ])
        #expect(read.people["Reply-To"] == [[try #require(message.replyTo?.name), "help@b.example"]])
        #expect(read.type == "multipart/alternative")
        #expect(
            read.parts == [
                ["text/plain", "utf-8", lined(text)], ["text/html", "utf-8", lined("<b>\(text)</b>")],
            ])
    }

    @Test func `any text travels whole, in short lines of ASCII that end with CRLF`() throws {
        let pieces = [
            ("", 1), ("\n", 1), ("\r", 1), ("\r\n\r\n", 1), (".", 1), (".\r\n.\r\n", 1), ("\u{0}", 1), ("a\u{0}b", 1),
            (" ", 1),
            ("a \n b\t\n", 1), ("From here\nFrom there", 1), ("--=_x\r\n--=_x--", 1), ("=", 1), ("===", 1),
            ("=?UTF-8?B?44GT?=", 1), ("\u{FEFF}", 1), ("\u{85}\u{2028}\u{C}\u{B}", 1), ("👨‍👩‍👧‍👦", 1), ("a", 10_000),
            ("a ", 10_000),
            ("=", 10_000), ("あ", 10_000), ("\u{0}", 1_000), (".\r", 3_000), ("x", 75), ("x", 76), ("x", 77), ("é", 19),
            ("aé", 38),
            ("=\t", 25),
        ]
        let texts = pieces.map { String(repeating: $0.0, count: $0.1) }
        let messages = try texts.map { try message(text: $0, html: $0).bytes() }
        let readings = try PythonReading.of(messages)
        for ((piece, text), (bytes, read)) in zip(zip(pieces, texts), zip(messages, readings)) {
            #expect(bytes.allSatisfy { (0x20...0x7e).contains($0) || $0 == 13 || $0 == 10 }, "\(piece)")
            let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
            #expect(
                lines.allSatisfy { $0.utf8.count <= 76 && !$0.utf8.contains(13) && !$0.utf8.contains(10) }, "\(piece)")
            #expect(lines.last == "" && lines.allSatisfy { !$0.hasSuffix(" ") && !$0.hasSuffix("\t") }, "\(piece)")
            #expect(read.defects == [] && read.parts.map { $0[2] } == [lined(text), lined(text)], "\(piece)")
        }
    }

    @Test func `subjects and names of any text are read by Python as they were written`() throws {
        let texts = [
            "=?UTF-8?Q?Eve?= <eve@example.com>", "\"", "\\", "a, b", "a;b:c@d", "(comment)", "é", "é é", "a é", "é a",
            String(repeating: "あ", count: 200), String(repeating: "ab ", count: 60), String(repeating: "x", count: 200),
            "👍🏽 ok 👍🏽", "e\u{301}\u{302}", "_ = ?", "ß\u{3000}ß", "'", "<>", "undisclosed-recipients:;", "a\u{A0}b", "?=",
            "a  b",
        ]
        let messages = try texts.map { text in
            try MailMessage(
                id: "x", from: MailAddress("a@b.co", name: text), to: [MailAddress("c@d.co", name: text)],
                subject: text,
                text: "x", date: Self.date)
        }
        for (message, read) in zip(messages, try PythonReading.of(messages.map { $0.bytes() })) {
            #expect(read.defects == [])
            #expect(read["Subject"] == message.subject)
            #expect(read.people["From"] == [[message.sender.name ?? "", "a@b.co"]])
            #expect(read.people["To"] == [[message.recipients[0].name ?? "", "c@d.co"]])
        }
    }

    @Test func `an address that is not ASCII makes a message for SMTPUTF8, a domain alone does not`() throws {
        #expect(try message(to: "hanako@例え.jp").needsUTF8 == false)
        let message = try message(to: "花子@例え.jp")
        #expect(message.needsUTF8 && String(decoding: message.bytes(), as: UTF8.self).contains("To: 花子@例え.jp\r\n"))
    }

    @Test(arguments: [
        "x\r\nBcc: all@example.com", "x\ry", "x\ny", "x\u{0}", "x\u{85}", "x\u{2028}y", "\u{202E}x", "x\ty", "x\r\n y",
    ])
    func `a subject or a field that would be more than one line is refused`(text: String) {
        #expect(throws: UnusableMail.forbiddenCharacter(.subject)) { try message(subject: text) }
        #expect(throws: UnusableMail.forbiddenCharacter(.field)) { try MailField(name: "X-A", value: text) }
    }

    @Test(arguments: [
        "", "Subject", "subject", "From", "TO", "Bcc", "Cc", "Content-Type", "content-transfer-encoding",
        "MIME-Version", "Received",
        "Return-Path", "DKIM-Signature", "Resent-To", "X A", "X:A", "X\r\nBcc", "X-é", "X_A", "X-A ",
        String(repeating: "X", count: 65),
    ])
    func `a field that is not a free one is refused`(name: String) {
        #expect(throws: UnusableMail.notAFieldName) { try MailField(name: name, value: "x") }
    }

    @Test func `what is too long or missing is refused`() throws {
        let address = try MailAddress("a@b.co")
        #expect(throws: UnusableMail.tooLong(.subject)) { try message(subject: String(repeating: "x", count: 501)) }
        #expect(throws: UnusableMail.tooLong(.text)) { try message(text: String(repeating: "x", count: (1 << 20) + 1)) }
        #expect(throws: UnusableMail.tooLong(.html)) { try message(html: String(repeating: "x", count: (1 << 20) + 1)) }
        #expect(throws: UnusableMail.tooLong(.field)) {
            try MailField(name: "X-A", value: String(repeating: "x", count: 901))
        }
        for count in [0, 51] {
            #expect(throws: UnusableMail.self) {
                try MailMessage(
                    id: "x", from: address, to: Array(repeating: address, count: count), subject: "", text: "",
                    date: Self.date)
            }
        }
    }

    @Test(arguments: [
        "", ".", "..", "a..b", ".a", "a.", "a/b", "../a", "a b", "a>", "a\r\n", "é", "a\u{0}",
        String(repeating: "a", count: 65),
    ])
    func `an identifier is letters and digits`(id: String) {
        #expect(throws: UnusableMail.self) { try message(id: id) }
    }

    @Test(arguments: [
        (0.0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (-1, "Wed, 31 Dec 1969 23:59:59 +0000"), (-0.5, "Wed, 31 Dec 1969 23:59:59 +0000"),
        (1e300, "Fri, 31 Dec 9999 23:59:59 +0000"), (-.infinity, "Mon, 01 Jan 1900 00:00:00 +0000"),
        (.nan, "Thu, 01 Jan 1970 00:00:00 +0000"),
    ])
    func `a date is written in UTC, the nearest there is`(seconds: Double, text: String) throws {
        let message = try message(date: Date(timeIntervalSince1970: seconds))
        #expect(String(decoding: message.bytes(), as: UTF8.self).contains("\r\nDate: \(text)\r\n"))
    }

    /// With CRLF for each end of a line, of which the last line has one too.
    private func lined(_ text: String) -> String {
        let ends = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
        let whole = ends.isEmpty || ends.unicodeScalars.last == "\n" ? ends : ends + "\n"
        return whole.replacing("\n", with: "\r\n")
    }

    private func message(
        id: String = "x", to: String = "c@d.co", subject: String = "s", text: String = "t", html: String? = nil,
        date: Date = Self.date
    ) throws -> MailMessage {
        try MailMessage(
            id: id, from: MailAddress("a@b.co"), to: [MailAddress(to)], subject: subject, text: text, html: html,
            date: date)
    }
}
