import Foundation
import OneTimePasswords
import PlatformTesting
import Testing

@Suite struct TypedCodeTests {
    let hotp: HOTP
    /// The code of `hotp` at 1 is 287082.
    init() throws {
        hotp = HOTP(secret: try VectorTests.secret(20))
    }

    @Test(arguments: [
        "287082", "287 082", " 287082\n", "287-082", "2 8 7 0 8 2", "２８７０８２", "２８７　０８２", "٢٨٧٠٨٢", "२८७०८२", "287–082",
        "287\u{a0}082",
        "𝟐𝟖𝟕𝟎𝟖𝟐",
    ])
    func `a code means what its digits say in every script`(typed: String) throws {
        #expect(hotp.matches(try #require(OneTimeCode(typed)), at: 1))
    }

    @Test(arguments: [
        "", "28708", "287082082", "28708a", "287.082", "287,082", "+287082", "287082\0", "②⑧⑦⓪⑧②", "二八七〇八二", "²⁸⁷⁰⁸²",
        "287082\u{301}",
        "287\u{200b}082", "Ⅷ87082", "½87082", String(repeating: "9", count: 1_000_000),
        String(repeating: " ", count: 59) + "287082",
    ])
    func `anything else is no code`(typed: String) {
        #expect(OneTimeCode(typed) == nil)
    }

    @Test func `a code with one wrong digit is wrong`() throws {
        for place in 0..<6 {
            var digits = Array("287082".utf8)
            digits[place] = digits[place] == UInt8(ascii: "9") ? UInt8(ascii: "0") : digits[place] + 1
            let typed = try #require(OneTimeCode(String(decoding: digits, as: UTF8.self)))
            #expect(!hotp.matches(typed, at: 1))
        }
    }

    @Test func `no random text ends the process`() throws {
        var random = SplitMix64(seed: 6_238)
        for _ in 0..<20_000 {
            let scalars = (0..<Int.random(in: 0...20, using: &random)).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x10ffff, using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            if let code = OneTimeCode(text) { _ = hotp.matches(code, at: random.next()) }
            _ = RecoveryCode(text)
            _ = OneTimeSecret(base32: text)
        }
        #expect(hotp.matches(try #require(OneTimeCode("287082")), at: 1))
    }
}
