import Foundation
import Testing
import WebAuthn

@Suite struct RelyingPartyTests {
    @Test(arguments: [
        ("https://example.com", "example.com", "https://example.com"),
        ("https://Example.COM:443/console?x", "example.com", "https://example.com"),
        ("https://a.example.com:8443", "a.example.com", "https://a.example.com:8443"),
        ("http://localhost:8080/", "localhost", "http://localhost:8080"),
        ("http://hiroba.localhost:80", "hiroba.localhost", "http://hiroba.localhost"),
        ("https://xn--bcher-kva.example", "xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ])
    func `a site is known by its URL`(url: String, id: String, origin: String) throws {
        let party = try RelyingParty(url: url, name: "Example")
        #expect(party.id == id)
        #expect(party.origins == [origin])
        #expect(party.userVerification == .required)
    }

    @Test(arguments: [
        "", "example.com", "http://example.com", "https://127.0.0.1:8080", "http://127.0.0.1", "https://[::1]",
        "https://",
        "ftp://example.com", "https://ann@example.com", "https://-a.example", "https://a..example", "https://1.2.3",
        "https://example.com.", "https://a_b.example", "javascript:alert(1)", "https://exa mple.com",
        "https://%41.example",
        "https://" + String(repeating: "a", count: 64) + ".example",
    ])
    func `an address browsers do no ceremony for is refused`(url: String) {
        #expect(throws: UnusableRelyingParty.self) { try RelyingParty(url: url, name: "Example") }
    }

    @Test func `pages of the domain and below it may ask, and no others`() throws {
        let all: Set = ["https://example.com", "https://a.b.example.com:8443"]
        #expect(try RelyingParty(id: "example.com", name: "", origins: all).origins == all)
        for origin in [
            "https://evil.net", "https://evilexample.com", "https://example.com/", "https://EXAMPLE.com",
            "https://example.com:443", "http://example.com", "https://example.com.evil.net", "*",
        ] {
            #expect(throws: UnusableRelyingParty.self) {
                try RelyingParty(id: "example.com", name: "", origins: ["https://example.com", origin])
            }
        }
        for id in [
            "", "Example.com", "127.0.0.1", "example.com.", ".com", "[::1]", "https://example.com", "ex ample.com",
        ] {
            #expect(throws: UnusableRelyingParty.self) { try RelyingParty(id: id, name: "", origins: all) }
        }
        #expect(throws: UnusableRelyingParty.self) { try RelyingParty(id: "example.com", name: "", origins: []) }
    }

    @Test func `authenticators that say their model have a name`() throws {
        let model = try #require(UUID(uuidString: "FBFC3007-154E-4ECC-8C0B-6E020557D7BD"))
        #expect(AuthenticatorNames.name(of: model) == "Apple Passwords")
        #expect(AuthenticatorNames.name(of: UUID()) == nil)
    }
}
