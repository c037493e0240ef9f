import Crypto
import DomainKit
import Encodings
import Foundation

/// A JSON Web Key Set (RFC 7517) reduced to what ES256 needs: its P-256 signing keys by `kid`.
struct JWKSet {
    var keys: [String: P256.Signing.PublicKey] = [:]

    /// Keys of another type, without a `kid`, meant for another use, or not understood in any other way are skipped, as
    /// §5 asks: one bad key takes no other along. Throws when the document is no key set.
    init(json: Data) throws {
        for key in try JSONDecoder().decode(Document.self, from: json).keys.compactMap(\.key) {
            guard key.kty == "EC", key.crv == "P-256", let id = key.kid, let x = key.x, let y = key.y,
                key.use == nil || key.use == "sig", key.alg == nil || key.alg == "ES256",
                let point = Base64URL.decode(x).flatMap({ x in Base64URL.decode(y).map { x + $0 } }),
                let key = try? P256.Signing.PublicKey(rawRepresentation: point)
            else { continue }
            keys[id] = key
        }
    }

    private struct Document: Decodable {
        var keys: [Entry]
    }

    /// Nil for what has not the form of a key.
    private struct Entry: Decodable {
        var key: Key?

        init(from decoder: any Decoder) throws {
            key = try? Key(from: decoder)
        }
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
