import Foundation
import Testing

@testable import Mail

@Suite struct EncodedWordsTests {
    @Test(arguments: [
        ("Hello", "Subject: Hello\r\n"), ("", "Subject:\r\n"), ("a b c", "Subject: a b c\r\n"),
        ("こんにちは", "Subject: =?UTF-8?B?44GT44KT44Gr44Gh44Gv?=\r\n"), ("Café", "Subject: =?UTF-8?Q?Caf=C3=A9?=\r\n"),
        ("=?UTF-8?Q?Eve?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP0V2ZT89?=\r\n"),
        ("two  spaces", "Subject: =?UTF-8?Q?two__spaces?=\r\n"), ("a_b c é", "Subject: =?UTF-8?Q?a=5Fb_c_=C3=A9?=\r\n"),
    ])
    func `text is written as it is where it reads so, else as encoded words`(text: String, field: String) {
        #expect(written(text) == field)
    }

    @Test(arguments: [
        ("あ", 10_000), ("é", 10_000), ("👍🏽", 5_000), ("=?", 5_000), ("?=", 5_000), ("a", 10_000), ("a ", 5_000),
        (" ", 10_000),
        ("e\u{301}", 9_999), ("=?UTF-8?B?44GT?= ", 1_000), ("\u{10FFFF}", 10_000),
    ])
    func `however long and strange, words and lines keep their lengths and nothing is lost`(
        piece: String, count: Int
    ) throws {
        let text = String(repeating: piece, count: count)
        let field = written(text)
        let lines = field.components(separatedBy: "\r\n")
        #expect(lines.last == "" && lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix(" ") && $0 != " " })
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(field.utf8.allSatisfy { $0 < 0x80 && $0 != 0 })
        #expect(try decoded(field.dropFirst("Subject:".count)) == text)
    }

    @Test func `random text of any planes is read as it was written`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...120, using: &random) {
                let ceiling: UInt32 = [0x7F, 0x3FF, 0xFFFF, 0x10FFFF].randomElement(using: &random) ?? 0x7F
                if let scalar = Unicode.Scalar(UInt32.random(in: 0x20...ceiling, using: &random)) {
                    scalars.append(scalar)
                }
            }
            let text = String(scalars)
            guard !EncodedWords.isPlain(text, longestWord: 66) else { continue }
            #expect(Array(try decoded(written(text).dropFirst("Subject:".count)).unicodeScalars) == Array(scalars))
        }
    }

    @Test func `the name of a field leaves less room for its first word`() {
        var header = HeaderWriter()
        header.field(String(repeating: "X", count: 64), text: "ああ", longestWord: 66)
        let lines = String(decoding: header.bytes, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines == [String(repeating: "X", count: 64) + ":", " =?UTF-8?B?44GC44GC?=", ""])
    }

    private func written(_ text: String) -> String {
        var header = HeaderWriter()
        header.field("Subject", text: text, longestWord: 66)
        return String(decoding: header.bytes, as: UTF8.self)
    }

    private struct NotAWord: Error {}

    /// RFC 2047 read by the letter: each word by itself has whole scalars, at most 75 characters, and white space between
    /// two of them is nothing.
    private func decoded(_ value: some StringProtocol) throws -> String {
        let words = value.replacingOccurrences(of: "\r\n", with: "").split(separator: " ")
        guard words.contains(where: { $0.hasPrefix("=?") }) else {
            return String(value.dropFirst()).replacing("\r\n", with: "")
        }
        return try words.map { word in
            let parts = word.split(separator: "?", omittingEmptySubsequences: false)
            guard word.utf8.count <= 75, parts.count == 5, parts[0] == "=", parts[1] == "UTF-8", parts[4] == "=" else {
                throw NotAWord()
            }
            let bytes: Data? = parts[2] == "B" ? Data(base64Encoded: String(parts[3])) : unquoted(parts[3])
            guard let bytes, !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else {
                throw NotAWord()
            }
            return text
        }.joined()
    }

    private func unquoted(_ text: Substring) -> Data? {
        text.replacing("_", with: "%20").replacing("=", with: "%").removingPercentEncoding.map { Data($0.utf8) }
    }
}
