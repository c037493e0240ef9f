import HTTPKit
import UserDomain

/// What a service gets at the token endpoint (RFC 6749 §5.1).
struct TokenBody: JSONWritable {
    let grant: ServiceGrant

    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("access_token", grant.access.text)
            $0.member("token_type", "Bearer")
            $0.member("expires_in", Int(grant.access.life.components.seconds))
            $0.member("scope", grant.scopes.map(\.rawValue).joined(separator: " "))
        }
    }
}
