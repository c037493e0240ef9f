import DomainKit
import Foundation
import HTTPKit
import UserDomain

extension AccessTokenForm {
    /// Of a service's tokens: it gets another one at any time, and is not told of events.
    static let serviceLife = Duration.seconds(300)

    /// No token that any key has signed lives longer.
    var longestLife: Duration { max(life, Self.serviceLife) }

    /// A client that acts for itself is its own subject (RFC 9068 §2.2).
    func token(
        for client: ServiceClientID, scopes: [ServiceScope], at now: Date, signedBy key: SigningKey
    ) throws -> AccessToken {
        let claims = ServiceClaims(
            form: self, client: client.description, scopes: scopes, issuedAt: Int(now.timeIntervalSince1970))
        return AccessToken(text: try key.sign(claims), life: Self.serviceLife)
    }

    private struct ServiceClaims: JSONWritable {
        let form: AccessTokenForm
        let client: String
        let scopes: [ServiceScope]
        let issuedAt: Int

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("iss", form.issuer)
                $0.member("sub", client)
                $0.member("client_id", client)
                $0.member("aud", form.audience)
                $0.member("exp", issuedAt + Int(AccessTokenForm.serviceLife.components.seconds))
                $0.member("iat", issuedAt)
                $0.member("nbf", issuedAt)
                $0.member("jti", UUID())
                $0.member("scope", scopes.map(\.rawValue).joined(separator: " "))
            }
        }
    }
}
