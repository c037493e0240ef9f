import AuthKit
import DomainKit
import Foundation
import IdentityEvents
import Logging
import PlatformTesting
import Testing

@Suite struct JWKSourceTests {
    let clock = TestClock()
    let file = FileManager.default.temporaryDirectory.appending(path: "jwks-\(UUID().uuidString).json")

    func publish(_ issuers: TestIssuer...) throws {
        let document = #"{"keys":[\#(issuers.map(\.jwk).joined(separator: ","))]}"#
        try Data(document.utf8).write(to: file)
    }

    func source() throws -> JWKSource {
        try JWKSource(url: file.absoluteString, clock: clock, logger: Logger(label: "test"))
    }

    @Test func `keys are there once looked for`() async throws {
        try publish(TestIssuer(keyID: "a"), TestIssuer(keyID: "b"))
        let source = try source()
        #expect(source.key("a") == nil)
        try await source.check()
        #expect(source.key("a") != nil && source.key("b") != nil && source.key("c") == nil)
    }

    @Test func `without any key set, verifying is unavailable and not unauthenticated`() async throws {
        let source = try source()
        let verifier = TokenVerifier(
            keys: source, rules: .init(issuer: TestIssuer.name, audience: "hiroba"), revocations: .current())
        let token = try await TestIssuer().token(.init())
        await #expect {
            try await verifier.verify(token)
        } throws: {
            ($0 as? Failure)?.kind == .unavailable
        }
    }

    @Test func `an unknown kid causes one look in a while`() async throws {
        let (first, second) = (TestIssuer(keyID: "a"), TestIssuer(keyID: "b"))
        try publish(first)
        let source = try source()
        try await source.lookAgain()
        try publish(first, second)
        try await source.lookAgain()
        #expect(source.key("b") == nil)
        clock.advance(by: .seconds(5))
        try await source.lookAgain()
        #expect(source.key("b") != nil && source.generation == 0)
    }

    @Test func `keys stay while the issuer is away, and go when it says so`() async throws {
        try publish(TestIssuer(keyID: "a"))
        let source = try source()
        try await source.lookAgain()
        try FileManager.default.removeItem(at: file)
        clock.advance(by: .seconds(5))
        try await source.lookAgain()
        #expect(source.key("a") != nil && source.generation == 0)
        try publish(TestIssuer(keyID: "b"))
        clock.advance(by: .seconds(5))
        try await source.lookAgain()
        #expect(source.key("a") == nil && source.generation == 1)
    }

    @Test func `keys of other kinds are passed over`() async throws {
        let issuer = TestIssuer(keyID: "a")
        let document = """
            {"keys":[{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"},{"kty":"EC","crv":"P-384","kid":"p","x":"AA","y":"AA"},\
            {"kty":"oct","kid":"o","k":"AA"},\(issuer.jwk),\(issuer.jwk.replacingOccurrences(of: #""sig""#, with: #""enc""#))]}
            """
        try Data(document.utf8).write(to: file)
        let source = try source()
        try await source.lookAgain()
        #expect(source.key("a") != nil && source.key("r") == nil && source.key("p") == nil && source.key("o") == nil)
    }

    @Test func `a key nobody understands takes no other along`() async throws {
        let bad = [
            "7", "null", #""key""#, "{}", #"{"kty":7}"#, #"{"kty":"EC","crv":"P-256","kid":1e400,"x":"AA","y":"AA"}"#,
            #"{"kty":"EC","crv":"P-256","kid":"off","x":"AAAA","y":"AAAA"}"#,
            #"{"kty":"EC","crv":"P-256","kid":"n","x":1,"y":9223372036854775808}"#,
        ]
        try Data(#"{"keys":[\#((bad + [TestIssuer(keyID: "a").jwk]).joined(separator: ","))]}"#.utf8).write(to: file)
        let source = try source()
        try await source.lookAgain()
        #expect(source.key("a") != nil && source.key("off") == nil)
    }

    @Test func `a document that is too large is not read`() async throws {
        let padding = String(repeating: " ", count: 300_000)
        try Data(#"{"keys":[\#(TestIssuer(keyID: "a").jwk)]\#(padding)}"#.utf8).write(to: file)
        await #expect(throws: Failure.self) { try await source().check() }
    }

    @Test(arguments: [
        "http://user-service/keys", "http://192.0.2.1/keys", "http://127.0.0.1.example.com/keys", "http:///keys",
        "http://localhost.example.com/", "https:///keys",
    ])
    func `keys come over a network by HTTPS only, unless a mesh encrypts`(url: String) throws {
        #expect(throws: JWKSource.UnusableURL.self) { try JWKSource(url: url, logger: Logger(label: "test")) }
        if !url.contains("///") {
            _ = try JWKSource(url: url, allowsPlaintext: true, logger: Logger(label: "test"))
        }
    }

    @Test(arguments: ["http://127.0.0.1:1/x", "http://localhost/x", "http://[::1]/x", "HTTPS://keys.example.com/x"])
    func `this machine may be asked in the clear`(url: String) throws {
        _ = try JWKSource(url: url, logger: Logger(label: "test"))
    }

    @Test(arguments: ["", "ftp://x", "/etc/passwd", "jwks.json"])
    func `a URL of another kind is refused at once`(url: String) {
        #expect(throws: JWKSource.UnusableURL.self) { try JWKSource(url: url, logger: Logger(label: "test")) }
    }
}
