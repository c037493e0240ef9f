import DomainKit
import Encodings
import Foundation

/// A JWS in compact form (RFC 7515 §7.1), taken apart, its header checked, its signature not.
struct TokenParts {
    let keyID: String
    /// What the signature covers: header and payload as they were sent.
    let signed: Data
    let payload: Data
    let signature: Data

    /// Fails: unauthenticated, for anything that does not claim to be an ES256 access token of a named key.
    init(_ token: String) throws(Failure) {
        guard token.utf8.count <= TokenVerifier.longestToken else { throw .unauthenticated(because: "too long") }
        let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .unauthenticated(because: "not a compact JWS") }
        guard let header = try? JSONDecoder().decode(Header.self, from: header) else {
            throw .unauthenticated(because: "header missing or of the wrong type")
        }
        // The algorithm is ours to choose, not the token's: "none" and an HMAC keyed with the public key end here.
        guard header.alg == "ES256" else { throw .unauthenticated(because: "wrong alg") }
        guard let type = header.typ?.lowercased(), type == "at+jwt" || type == "application/at+jwt" else {
            throw .unauthenticated(because: "wrong typ")
        }
        // RFC 7515 §4.1.11: extensions that must be understood are not.
        guard header.crit == nil else { throw .unauthenticated(because: "critical extension") }
        guard let keyID = header.kid else { throw .unauthenticated(because: "no kid") }
        self.keyID = keyID
        self.signed = Data(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        self.payload = payload
        self.signature = signature
    }

    private struct Header: Decodable {
        var alg: String
        var typ: String?
        var kid: String?
        var crit: [String]?
    }
}
