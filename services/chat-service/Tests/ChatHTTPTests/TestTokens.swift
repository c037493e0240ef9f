import AuthKit
import ChatDomain
import Crypto
import DomainKit
import Foundation

/// An issuer of access tokens and the keys that verify them.
struct TestTokens: VerificationKeys {
    static let issuer = "http://issuer.test"
    static let audience = "hiroba"

    private let signing = P256.Signing.PrivateKey()
    let generation = 0

    func key(_ id: String) -> P256.Signing.PublicKey? { id == "k" ? signing.publicKey : nil }

    func lookAgain() async throws(Failure) {}

    var verifier: TokenVerifier {
        TokenVerifier(
            keys: self,
            rules: TokenVerifier.Rules(issuer: Self.issuer, audience: Self.audience, leeway: .zero))
    }

    func token(
        _ user: UserID, life: TimeInterval = 600, audience: String = TestTokens.audience, type: String = "at+jwt",
        algorithm: String = "ES256", roles: Set<Role> = [.user]
    ) throws -> String {
        let now = Date().timeIntervalSince1970.rounded(.down)
        let header = #"{"alg":"\#(algorithm)","typ":"\#(type)","kid":"k"}"#
        let claims = """
            {"iss":"\(Self.issuer)","sub":"\(user)","aud":"\(audience)","iat":\(Int(now)),"nbf":\(Int(now)),\
            "exp":\(Int(now + life)),"jti":"\(UUID())","sid":"\(UUID())","roles":\(roles.map(\.rawValue)),"tier":"free",\
            "email_verified":true}
            """
        let signed = Self.base64(Data(header.utf8)) + "." + Self.base64(Data(claims.utf8))
        let signature =
            switch algorithm {
            case "none": Data()
            case "HS256":
                // The trick of signing with the public key as if it were a shared secret.
                Data(
                    HMAC<SHA256>.authenticationCode(
                        for: Data(signed.utf8), using: SymmetricKey(data: signing.publicKey.derRepresentation)))
            default: try signing.signature(for: Data(signed.utf8)).rawRepresentation
            }
        return signed + "." + Self.base64(signature)
    }

    private static func base64(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
