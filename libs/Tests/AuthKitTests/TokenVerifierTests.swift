import AuthKit
import Crypto
import DomainKit
import Encodings
import Foundation
import IdentityEvents
import PlatformTesting
import Testing

@Suite struct TokenVerifierTests {
    let issuer = TestIssuer()
    let clock = TestClock()
    let keys: FixedKeys
    let verifier: TokenVerifier

    init() {
        keys = FixedKeys(issuer)
        verifier = TokenVerifier(
            keys: keys, rules: .init(issuer: TestIssuer.name, audience: TestIssuer.audience), revocations: .current(),
            clock: clock)
    }

    func claims(life: Double = 600) -> TestIssuer.Claims { .init(now: clock.now, life: life) }

    /// The private reason of the refusal; the public side is always the same.
    func refusal(of token: String) async -> String? {
        do throws(Failure) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            #expect(error.kind == .unauthenticated && error.code == "platform.unauthenticated")
            return error.context["reason"]
        }
    }

    @Test func `a token signed by another library is read in full`() async throws {
        var claims = claims()
        (claims.authTime, claims.acr, claims.withheldRoles) = (claims.iat - 90, "1", ["admin"])
        let principal = try await verifier.verify(issuer.token(claims))
        #expect(principal.authenticatedAt == principal.issuedAt - 90 && principal.level == "1")
        #expect(principal.withheldRoles == ["admin"])
        #expect(principal.userID.lowercased == claims.sub)
        #expect(principal.sessionID?.lowercased == claims.sid)
        #expect(principal.roles == ["user", "moderator"])
        #expect(principal.tier == "member" && principal.emailVerified)
        #expect(principal.expiresAt.timeIntervalSince1970 == claims.exp)
    }

    @Test func `what a token leaves out gets the least`() async throws {
        var claims = claims()
        (claims.sid, claims.roles, claims.tier, claims.emailVerified) = (nil, nil, nil, nil)
        let principal = try await verifier.verify(issuer.token(claims))
        #expect(principal.sessionID == nil && principal.roles.isEmpty)
        #expect(principal.tier == "free" && !principal.emailVerified)
        #expect(principal.authenticatedAt == nil && principal.level == nil && principal.withheldRoles.isEmpty)
    }

    @Test func `a verified token is remembered until it expires`() async throws {
        let token = try await issuer.token(claims(life: 60))
        #expect(verifier.remembered(token) == nil)
        let principal = try await verifier.verify(token)
        #expect(verifier.remembered(token) == principal)
        clock.advance(by: .seconds(66))
        #expect(verifier.remembered(token) == nil)
        #expect(await refusal(of: token) == "expired")
    }

    @Test func `a token that was remembered is refused once its key is gone`() async throws {
        let token = try await issuer.token(claims())
        _ = try await verifier.verify(token)
        keys.removeAll()
        #expect(verifier.remembered(token) == nil)
        #expect(await refusal(of: token) == "unknown key")
        #expect(keys.looks == 1)
    }

    @Test func `memory of tokens is bounded and keeps those in use`() async throws {
        let verifier = TokenVerifier(
            keys: keys, rules: .init(issuer: TestIssuer.name, audience: TestIssuer.audience, cacheCapacity: 64),
            revocations: .current(),
            clock: clock)
        var tokens: [String] = []
        for life in 1...200 { tokens.append(try await issuer.token(claims(life: 100 + Double(life)))) }
        for token in tokens {
            _ = try await verifier.verify(token)
            _ = try await verifier.verify(tokens[0])
        }
        #expect(tokens.count { verifier.remembered($0) != nil } <= 64)
        #expect(verifier.remembered(tokens[0]) != nil)
    }

    @Test func `expired, early, foreign issuer, foreign audience are refused`() async throws {
        #expect(try await refusal(of: issuer.token(claims(life: -6))) == "expired")
        var early = claims()
        early.nbf = clock.now.timeIntervalSince1970 + 6
        #expect(try await refusal(of: issuer.token(early)) == "not valid yet")
        var foreign = claims()
        foreign.iss = "https://elsewhere.test"
        #expect(try await refusal(of: issuer.token(foreign)) == "foreign issuer")
        var other = claims()
        other.aud = "another-service"
        #expect(try await refusal(of: issuer.token(other)) == "foreign audience")
    }

    @Test(arguments: [
        "1e308", "-1e308", "1e400", "-1e400", "9223372036854775807", "-9223372036854775808",
        "18446744073709551616", "253402300800", "-1", "-0", "null", "\"2000000000\"",
        String(repeating: "9", count: 400),
    ])
    func `no time in a token is too much`(extreme: String) async throws {
        let now = Int(clock.now.timeIntervalSince1970)
        for claim in ["exp", "iat", "nbf", "auth_time"] {
            var times = ["exp": "\(now + 600)", "iat": "\(now)", "nbf": "\(now)"]
            times[claim] = extreme
            let members = times.map { "\"\($0)\":\($1)" }.joined(separator: ",")
            let payload = """
                {"iss":"\(TestIssuer.name)","aud":"\(TestIssuer.audience)","sub":"\(UUID().uuidString)",\(members)}
                """
            let token = forgedToken(header: #"{"alg":"ES256","typ":"at+jwt","kid":"key-1"}"#, payload: payload) {
                (try? issuer.key.signature(for: $0).rawRepresentation) ?? Data()
            }
            let isHarmless =
                (["nbf", "auth_time"].contains(claim) && extreme == "null") || (claim != "exp" && extreme == "-0")
            #expect(await (refusal(of: token) == nil) == isHarmless, "\(claim) \(extreme)")
        }
    }

    @Test func `a few seconds of clock difference are forgiven`() async throws {
        #expect(try await refusal(of: issuer.token(claims(life: -3))) == nil)
        var early = claims()
        early.nbf = clock.now.timeIntervalSince1970 + 3
        #expect(try await refusal(of: issuer.token(early)) == nil)
    }

    @Test func `another key under a known kid, and an unknown kid, are refused`() async throws {
        #expect(try await refusal(of: TestIssuer(keyID: "key-1").token(claims())) == "wrong signature")
        #expect(try await refusal(of: TestIssuer(keyID: "key-2").token(claims())) == "unknown key")
    }

    @Test func `an ID token of the same issuer is no access token`() async throws {
        #expect(try await refusal(of: issuer.token(claims(), typ: "JWT")) == "wrong typ")
    }

    @Test func `alg none is refused, signed or not`() async throws {
        let payload = try payload(of: await issuer.token(claims()))
        for alg in ["none", "None", "NONE", ""] {
            let header = #"{"alg":"\#(alg)","typ":"at+jwt","kid":"key-1"}"#
            #expect(await refusal(of: forgedToken(header: header, payload: payload)) == "wrong alg")
        }
    }

    @Test func `HS256 with the public key as its secret is refused`() async throws {
        let payload = try payload(of: await issuer.token(claims()))
        let key = issuer.publicKey
        for secret in [key.rawRepresentation, key.x963Representation, Data(key.pemRepresentation.utf8)] {
            let token = forgedToken(header: #"{"alg":"HS256","typ":"at+jwt","kid":"key-1"}"#, payload: payload) {
                Data(HMAC<SHA256>.authenticationCode(for: $0, using: SymmetricKey(data: secret)))
            }
            #expect(await refusal(of: token) == "wrong alg")
        }
    }

    @Test func `a changed payload, a signature in another form, a critical extension are refused`() async throws {
        let token = try await issuer.token(claims())
        let parts = token.split(separator: ".")
        let payload = try payload(of: token).replacingOccurrences(of: "member", with: "gold!!")
        #expect(
            await refusal(of: "\(parts[0]).\(Base64URL.encode(payload.utf8)).\(parts[2])") == "wrong signature")
        let raw = try P256.Signing.ECDSASignature(rawRepresentation: #require(Base64URL.decode(parts[2])))
        let der = Base64URL.encode(raw.derRepresentation)
        #expect(await refusal(of: "\(parts[0]).\(parts[1]).\(der)") == "wrong signature")
        let header = #"{"alg":"ES256","typ":"at+jwt","kid":"key-1","crit":["b64"],"b64":false}"#
        #expect(await refusal(of: forgedToken(header: header, payload: payload)) == "critical extension")
    }

    @Test(arguments: [
        "", ".", "..", "...", "a.b", "a.b.c", "not a token", "e30.e30.e30", "e30=.e30.e30", "\u{1F511}.e30.e30",
        String(repeating: "a", count: 9_000), String(repeating: ".", count: 5_000),
    ])
    func `garbage is refused`(token: String) async {
        #expect(await refusal(of: token) != nil)
    }

    private func payload(of token: String) throws -> String {
        String(decoding: try #require(Base64URL.decode(token.split(separator: ".")[1])), as: UTF8.self)
    }
}
