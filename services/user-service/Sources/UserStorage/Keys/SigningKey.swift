import Crypto
import DomainKit
import Encodings
import Foundation
import HTTPKit
import UserDomain

/// A key that signs access tokens, or did, or will.
struct SigningKey: Sendable {
    enum State: String, Sendable {
        case next, active, retired
    }

    let id: String
    let state: State
    let privateKey: P256.Signing.PrivateKey
    /// The first part of every token it signs, encoded.
    let header: String

    init(id: String, state: State, privateKey: P256.Signing.PrivateKey) {
        self.id = id
        self.state = state
        self.privateKey = privateKey
        header = Base64URL.encode(#"{"alg":"ES256","typ":"at+jwt","kid":"\#(id)"}"#.utf8)
    }

    /// `claims` as a JWS in compact form (RFC 7515 §7.1).
    func sign(_ claims: some JSONWritable) throws -> String {
        let signed = header + "." + Base64URL.encode(JSONWriter.bytes(of: claims))
        let signature = try privateKey.signature(for: Data(signed.utf8))
        return signed + "." + Base64URL.encode(signature.rawRepresentation)
    }

    var published: PublishedKey {
        let point = privateKey.publicKey.rawRepresentation
        return PublishedKey(id: id, x: point.prefix(32), y: point.suffix(32))
    }

    /// The JWK thumbprint (RFC 7638): the name follows from the key.
    static func id(of key: P256.Signing.PublicKey) -> String {
        let (x, y) = (key.rawRepresentation.prefix(32), key.rawRepresentation.suffix(32))
        let members = #"{"crv":"P-256","kty":"EC","x":"\#(Base64URL.encode(x))","y":"\#(Base64URL.encode(y))"}"#
        return Base64URL.encode(SHA256.hash(data: Data(members.utf8)))
    }
}
