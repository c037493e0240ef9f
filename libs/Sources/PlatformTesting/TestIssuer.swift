public import Crypto
public import Foundation
internal import DomainKit
internal import Encodings

/// Issues access tokens by hand, so that bad ones can be made too.
public struct TestIssuer: Sendable {
    public static let audience = "hiroba"

    public let name: String
    private let key = P256.Signing.PrivateKey()
    private let keyID = "k"

    public init(name: String = "http://issuer.test") {
        self.name = name
    }

    /// The key that verifies its tokens; nil for another id.
    public func publicKey(_ id: String) -> P256.Signing.PublicKey? { id == keyID ? key.publicKey : nil }

    /// What it publishes (RFC 7517).
    public var jwks: String {
        let point = key.publicKey.rawRepresentation
        let (x, y) = (Base64URL.encode(point.prefix(32)), Base64URL.encode(point.suffix(32)))
        return """
            {"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"\(keyID)","x":"\(x)","y":"\(y)"}]}
            """
    }

    /// - Parameter algorithm: `none` is not signed, and `HS256` with the public key as if it were a shared secret.
    public func token(
        for user: UUID, life: TimeInterval = 600, issuer: String? = nil, audience: String = TestIssuer.audience,
        type: String = "at+jwt", algorithm: String = "ES256", roles: [String] = ["user"], session: UUID = UUID(),
        epoch: Int64 = 0, tier: String = "free"
    ) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        let claims = """
            {"iss":"\(issuer ?? name)","sub":"\(user.lowercased)","aud":"\(audience)","iat":\(now - 60),"nbf":\(now - 60),\
            "exp":\(now + Int(life)),"jti":"\(UUID().lowercased)","sid":"\(session.lowercased)","epoch":\(epoch),"roles":\(roles),\
            "tier":"\(tier)","email_verified":true}
            """
        return try signed(claims, type: type, algorithm: algorithm)
    }

    /// A token a service got for itself.
    public func serviceToken(client: String, scopes: [String], life: TimeInterval = 300) throws -> String {
        let now = Int(Date().timeIntervalSince1970)
        return try signed(
            """
            {"iss":"\(name)","sub":"\(client)","client_id":"\(client)","aud":"\(TestIssuer.audience)","iat":\(now),\
            "exp":\(now + Int(life)),"jti":"\(UUID().lowercased)","scope":"\(scopes.joined(separator: " "))"}
            """)
    }

    private func signed(_ claims: String, type: String = "at+jwt", algorithm: String = "ES256") throws -> String {
        let header = #"{"alg":"\#(algorithm)","typ":"\#(type)","kid":"\#(keyID)"}"#
        let signed = Base64URL.encode(Data(header.utf8)) + "." + Base64URL.encode(Data(claims.utf8))
        return signed + "." + Base64URL.encode(try signature(of: Data(signed.utf8), algorithm))
    }

    private func signature(of signed: Data, _ algorithm: String) throws -> Data {
        switch algorithm {
        case "none": Data()
        case "HS256":
            Data(
                HMAC<SHA256>.authenticationCode(
                    for: signed, using: SymmetricKey(data: Data(key.publicKey.pemRepresentation.utf8))))
        default: try key.signature(for: signed).rawRepresentation
        }
    }
}
