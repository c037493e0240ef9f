import Crypto
import Foundation

/// A JSON Web Key Set (RFC 7517) reduced to what ES256 needs: its P-256 signing keys by `kid`.
struct JWKSet {
    var keys: [String: P256.Signing.PublicKey] = [:]

    /// Keys of another type, without a `kid` or meant for another use are skipped, as §5 asks.
    /// Throws when the document is no key set, or says that it has a P-256 key whose point is not on the curve.
    init(json: Data) throws {
        for key in try JSONDecoder().decode(Document.self, from: json).keys {
            guard key.kty == "EC", key.crv == "P-256", let id = key.kid, let x = key.x, let y = key.y,
                key.use == nil || key.use == "sig", key.alg == nil || key.alg == "ES256",
                let point = Base64URL.decode(x).flatMap({ x in Base64URL.decode(y).map { x + $0 } })
            else { continue }
            keys[id] = try P256.Signing.PublicKey(rawRepresentation: point)
        }
    }

    private struct Document: Decodable {
        var keys: [Key]
    }

    private struct Key: Decodable {
        var kty: String
        var crv: String?
        var kid: String?
        var x: String?
        var y: String?
        var use: String?
        var alg: String?
    }
}
