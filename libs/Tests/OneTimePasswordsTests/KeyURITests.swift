import Foundation
import OneTimePasswords
import Testing

@Suite struct KeyURITests {
    let totp = TOTP(secret: OneTimeSecret(base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")!)

    @Test func `an app finds everything in the address, defaults too`() {
        #expect(
            totp.uri(issuer: "Hiroba", account: "ann@example.com")
                == "otpauth://totp/Hiroba:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Hiroba"
                + "&algorithm=SHA1&digits=6&period=30")
    }

    @Test(arguments: ["広場 & co?", "a/b#c%d", "x&secret=AAAA", "+plus+ \u{202e}", "é🙂"])
    func `names of any characters come back from it, and change nothing else in it`(name: String) throws {
        let parts = try #require(URLComponents(string: totp.uri(issuer: name, account: name + "@x")))
        #expect(parts.scheme == "otpauth")
        #expect(parts.host == "totp")
        #expect(parts.path == "/\(name):\(name)@x")
        let items = try #require(parts.queryItems)
        #expect(items.map(\.name) == ["secret", "issuer", "algorithm", "digits", "period"])
        #expect(items[1].value == name)
        #expect(items[0].value == totp.codes.secret.base32)
    }

    @Test func `a colon in a name does not divide the label`() {
        let uri = totp.uri(issuer: "a:b", account: "\"c:d\"@x")
        #expect(uri.hasPrefix("otpauth://totp/a%20b:%22c%20d%22%40x?"))
        #expect(uri.contains("&issuer=a%20b&"))
    }

    @Test func `the other forms are said as well`() {
        let other = TOTP(secret: totp.codes.secret, hash: .sha512, length: .eight, period: 60)
        #expect(other.uri(issuer: "H", account: "a").hasSuffix("&issuer=H&algorithm=SHA512&digits=8&period=60"))
    }

    @Test func `secrets are 160 bits at random, and others are taken within bounds`() throws {
        let secret = OneTimeSecret()
        #expect(secret.bytes.count == 20)
        #expect(secret.base32.count == 32)
        #expect(OneTimeSecret(base32: secret.base32)?.bytes == secret.bytes)
        #expect(OneTimeSecret().bytes != secret.bytes)
        for length in [0, 1, 15, 65, 1_000_000] { #expect(OneTimeSecret(bytes: Data(count: length)) == nil) }
        for length in [16, 64] {
            let secret = try #require(OneTimeSecret(bytes: Data(count: length + 3).dropFirst(3)))
            #expect(OneTimeSecret(base32: secret.base32)?.bytes.count == length)
        }
        let text = secret.base32
        for form in [text.lowercased(), text + "=", " " + text, text + "A", "", String(repeating: "A", count: 1 << 20)]
        {
            #expect(OneTimeSecret(base32: form) == nil)
        }
    }
}
