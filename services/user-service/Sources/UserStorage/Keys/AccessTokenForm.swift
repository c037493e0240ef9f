public import DomainKit
import Foundation
import HTTPKit
import UserDomain

/// What all access tokens of this issuer have in common (RFC 9068).
public struct AccessTokenForm: Sendable {
    public let issuer: String
    public let audience: String
    public let life: Duration
    /// Roles that a token says only where two factors were shown.
    public let rolesOfTwoFactors: Set<Role>

    public init(issuer: String, audience: String, life: Duration, rolesOfTwoFactors: Set<Role> = []) {
        self.issuer = issuer
        self.audience = audience
        self.life = life
        self.rolesOfTwoFactors = rolesOfTwoFactors
    }

    func token(
        for user: User, session: SessionID, since: Date, by methods: Set<AuthenticationMethod>, at now: Date,
        signedBy key: SigningKey
    ) throws -> AccessToken {
        let claims = Claims(
            form: self, user: user, session: session, methods: methods,
            withheld: methods.isTwoFactors ? [] : user.roles.intersection(rolesOfTwoFactors),
            authenticatedAt: Int(since.timeIntervalSince1970), issuedAt: Int(now.timeIntervalSince1970))
        return AccessToken(text: try key.sign(claims), life: life)
    }

    private struct Claims: JSONWritable {
        let form: AccessTokenForm
        let user: User
        let session: SessionID
        let methods: Set<AuthenticationMethod>
        /// Roles that would be there with two factors.
        let withheld: Set<Role>
        let authenticatedAt: Int
        let issuedAt: Int

        func write(to json: inout JSONWriter) {
            json.object {
                $0.member("iss", form.issuer)
                $0.member("sub", user.id)
                $0.member("aud", form.audience)
                $0.member("exp", issuedAt + Int(form.life.components.seconds))
                $0.member("iat", issuedAt)
                $0.member("nbf", issuedAt)
                $0.member("jti", UUID())
                $0.member("sid", session)
                $0.member("epoch", user.epoch)
                $0.member("roles", user.roles.subtracting(withheld).stored)
                if !withheld.isEmpty { $0.member("roles_withheld", withheld.stored) }
                $0.member("tier", user.tier)
                $0.member("email_verified", user.isEmailVerified)
                $0.member("auth_time", authenticatedAt)
                $0.member("acr", methods.level)
                $0.member("amr", methods.stored)
            }
        }
    }
}
