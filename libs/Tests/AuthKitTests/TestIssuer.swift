import AuthKit
import Crypto
import DomainKit
import Encodings
import Foundation
import JWTKit
import Synchronization

/// An issuer made with another library than the one under test.
struct TestIssuer {
    static let name = "https://issuer.test"
    static let audience = "hiroba"

    let keyID: String
    let key = P256.Signing.PrivateKey()

    init(keyID: String = "key-1") {
        self.keyID = keyID
    }

    struct Claims: JWTPayload {
        var iss = TestIssuer.name
        var sub = "0190f5fe-7c00-7a00-8000-000000000001"
        var aud = TestIssuer.audience
        var exp: Double
        var iat: Double
        var nbf: Double?
        var sid: String? = "0190f5fe-7c00-7a00-8000-000000000002"
        var epoch: Int64? = 3
        var clientID: String?
        var scope: String?
        var roles: [String]? = ["user", "moderator"]
        var tier: String? = "member"
        var emailVerified: Bool? = true
        var authTime: Double?
        var acr: String?
        var withheldRoles: [String]?

        enum CodingKeys: String, CodingKey {
            case iss, sub, aud, exp, iat, nbf, sid, epoch, roles, tier, scope, acr
            case clientID = "client_id"
            case emailVerified = "email_verified"
            case authTime = "auth_time"
            case withheldRoles = "roles_withheld"
        }

        init(now: Date = Date(), life: Double = 600) {
            iat = now.timeIntervalSince1970.rounded(.down)
            exp = iat + life
        }

        func verify(using algorithm: some JWTAlgorithm) throws {}
    }

    func token(_ claims: Claims, typ: String = "at+jwt") async throws -> String {
        let collection = JWTKeyCollection()
        await collection.add(ecdsa: try ES256PrivateKey(pem: key.pemRepresentation), kid: JWKIdentifier(string: keyID))
        return try await collection.sign(
            claims, kid: JWKIdentifier(string: keyID), header: ["typ": .string(typ)])
    }

    /// `{"kty":"EC",...}` as the issuer would publish it.
    var jwk: String {
        let point = publicKey.rawRepresentation
        return """
            {"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"\(keyID)",\
            "x":"\(Base64URL.encode(point.prefix(32)))","y":"\(Base64URL.encode(point.suffix(32)))"}
            """
    }

    var publicKey: P256.Signing.PublicKey { key.publicKey }
}

/// A token put together by hand, for forms no library would make.
func forgedToken(header: String, payload: String, signature: (Data) -> Data = { _ in Data() }) -> String {
    let signed = Base64URL.encode(header.utf8) + "." + Base64URL.encode(payload.utf8)
    return signed + "." + Base64URL.encode(signature(Data(signed.utf8)))
}

/// Keys that a test hands out and takes away.
final class FixedKeys: VerificationKeys {
    private struct State {
        var keys: [String: P256.Signing.PublicKey]
        var generation = 0
        var looks = 0
    }

    private let state: Mutex<State>

    init(_ issuers: TestIssuer...) {
        state = Mutex(State(keys: Dictionary(uniqueKeysWithValues: issuers.map { ($0.keyID, $0.publicKey) })))
    }

    var generation: Int { state.withLock { $0.generation } }
    var looks: Int { state.withLock { $0.looks } }

    func key(_ id: String) -> P256.Signing.PublicKey? { state.withLock { $0.keys[id] } }

    func lookAgain() async throws(Failure) { state.withLock { $0.looks += 1 } }

    func removeAll() {
        state.withLock {
            $0.keys = [:]
            $0.generation += 1
        }
    }
}
