import DomainKit
import Encodings
import HTTPKit
import UserDomain

/// A JSON Web Key Set (RFC 7517).
struct KeySetBody: JSONWritable {
    let keys: [PublishedKey]

    func write(to json: inout JSONWriter) {
        json.object { set in
            set.member(
                "keys",
                array: { list in
                    for key in keys { list.element(KeyBody(key: key)) }
                })
        }
    }

    private struct KeyBody: JSONWritable {
        let key: PublishedKey

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("kty", "EC")
                $0.member("crv", "P-256")
                $0.member("use", "sig")
                $0.member("alg", "ES256")
                $0.member("kid", key.id)
                $0.member("x", Base64URL.encode(key.x))
                $0.member("y", Base64URL.encode(key.y))
            }
        }
    }
}

/// What a verifier of our tokens has to know (OpenID Connect Discovery 1.0 §3, as far as there is anything to say).
struct DiscoveryBody: JSONWritable {
    let issuer: String

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("issuer", issuer)
            $0.member("jwks_uri", issuer + "/.well-known/jwks.json")
            $0.member("token_endpoint", issuer + "/oauth2/token")
            $0.member("token_endpoint_auth_methods_supported", ["client_secret_basic", "client_secret_post"])
            $0.member("grant_types_supported", ["client_credentials"])
            $0.member("scopes_supported", ServiceScope.allCases.map(\.rawValue))
            $0.member("response_types_supported", [String]())
            $0.member("subject_types_supported", ["public"])
            $0.member("id_token_signing_alg_values_supported", ["ES256"])
            $0.member("claims_supported", DiscoveryBody.claims)
        }
    }

    private static let claims = [
        "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "sid", "epoch", "roles", "tier", "email_verified", "auth_time",
    ]
}
