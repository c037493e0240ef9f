import AuthKit
import ChatDomain
import Crypto
import DomainKit
import Foundation
import PlatformTesting

/// An issuer of access tokens, whose keys verify them at once.
struct TestTokens: VerificationKeys {
    let issuer = TestIssuer()
    let generation = 0

    func key(_ id: String) -> P256.Signing.PublicKey? { issuer.publicKey(id) }

    func lookAgain() async throws(Failure) {}

    func token(
        _ user: UserID, life: TimeInterval = 600, audience: String = TestIssuer.audience, type: String = "at+jwt",
        algorithm: String = "ES256", roles: Set<Role> = [.user], session: UUID = UUID(), epoch: Int64 = 0,
        tier: String = "free"
    ) throws -> String {
        try issuer.token(
            for: user.uuid, life: life, audience: audience, type: type, algorithm: algorithm,
            roles: roles.map(\.rawValue), session: session, epoch: epoch, tier: tier)
    }
}
