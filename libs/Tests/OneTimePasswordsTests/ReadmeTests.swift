import Foundation
import OneTimePasswords
import PlatformTesting
import Testing

@Suite struct ReadmeTests {
    @Test func `the page in the README is the example that is compiled here`() throws {
        #expect(try ReadmePage.isExample(of: "OneTimePasswords"))
    }

    @Test func `the example does what it says`() throws {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let (secret, uri, typed) = enrol("ann@example.com")
        #expect(uri.contains(typed))
        let app = TOTP(secret: try #require(OneTimeSecret(base32: typed)))
        var (factor, shown) = try #require(confirm(secret, typed: app.code(at: now), owner: "ann", at: now))
        #expect(shown.count == 10)
        #expect(!accept(app.code(at: now), for: &factor, owner: "ann", at: now))
        let next = app.code(at: now + 30)
        #expect(accept(next, for: &factor, owner: "ann", at: now + 30))
        #expect(!accept(next, for: &factor, owner: "ann", at: now + 30))
        #expect(accept(shown[3].lowercased(), for: &factor, owner: "ann", at: now))
        #expect(!accept(shown[3], for: &factor, owner: "ann", at: now))
        #expect(factor.recoveryDigests.count == 9)
        #expect(!accept("hello", for: &factor, owner: "ann", at: now))
    }
}
