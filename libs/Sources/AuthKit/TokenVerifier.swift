import Crypto
public import DomainKit
import Foundation

/// Tells who holds an access token, locally: no call leaves the process for a token signed by a known key.
///
/// Accepted is one form only: a JWS of `alg: ES256` and `typ: at+jwt` (RFC 9068), signed by a key of the issuer's set,
/// with the expected `iss` and `aud`, and now between `nbf` and `exp`. Everything else is the same 401, whatever is
/// wrong with it. A good token is remembered (bounded) until it expires or a key goes, so the usual request pays a
/// SHA-256 and a look-up instead of an elliptic curve.
public final class TokenVerifier: Sendable {
    public struct Rules: Sendable {
        public var issuer: String
        public var audience: String
        /// How far the issuer's clock may be off; applies to `exp`, `nbf` and `iat`.
        public var leeway: Duration
        /// How many verified tokens are remembered.
        public var cacheCapacity: Int

        public init(issuer: String, audience: String, leeway: Duration = .seconds(5), cacheCapacity: Int = 65_536) {
            self.issuer = issuer
            self.audience = audience
            self.leeway = leeway
            self.cacheCapacity = cacheCapacity
        }
    }

    /// Longer ones are refused unread.
    public static let longestToken = 8_192

    private let keys: any VerificationKeys
    private let rules: Rules
    private let leeway: TimeInterval
    private let clock: any WallClock
    private let verified: VerifiedTokens

    public init(keys: any VerificationKeys, rules: Rules, clock: any WallClock = SystemWallClock()) {
        self.keys = keys
        self.rules = rules
        self.clock = clock
        leeway = rules.leeway / .seconds(1)
        verified = VerifiedTokens(capacity: rules.cacheCapacity)
    }

    /// The holder of a token that was verified before and still counts; nil says nothing about the token. Never waits.
    public func remembered(_ token: String) -> Principal? {
        remembered(TokenDigest(token))
    }

    /// The holder of `token`.
    ///
    /// Fails: unauthenticated; unavailable when the issuer's keys were never seen and cannot be fetched now.
    public func verify(_ token: String) async throws(Failure) -> Principal {
        let digest = TokenDigest(token)
        if let principal = remembered(digest) { return principal }
        let generation = keys.generation
        let parts = try TokenParts(token)
        let key = try await key(parts.keyID)
        guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: parts.signature),
            key.isValidSignature(signature, for: parts.signed)
        else { throw .unauthenticated(because: "wrong signature") }
        let principal = try principal(of: parts.payload)
        verified.insert(VerifiedTokens.Entry(principal: principal, keyGeneration: generation), for: digest)
        return principal
    }

    private func remembered(_ digest: TokenDigest) -> Principal? {
        guard let entry = verified.entry(for: digest) else { return nil }
        guard entry.keyGeneration == keys.generation, clock.now < entry.principal.expiresAt.addingTimeInterval(leeway)
        else {
            verified.remove(digest)
            return nil
        }
        return entry.principal
    }

    private func key(_ id: String) async throws(Failure) -> P256.Signing.PublicKey {
        if let key = keys.key(id) { return key }
        try await keys.lookAgain()
        guard let key = keys.key(id) else { throw .unauthenticated(because: "unknown key") }
        return key
    }

    private func principal(of payload: Data) throws(Failure) -> Principal {
        guard let claims = try? JSONDecoder().decode(AccessTokenClaims.self, from: payload) else {
            throw .unauthenticated(because: "claims missing or of the wrong type")
        }
        guard claims.iss == rules.issuer else { throw .unauthenticated(because: "foreign issuer") }
        guard claims.aud.values.contains(rules.audience) else { throw .unauthenticated(because: "foreign audience") }
        guard claims.hasSaneTimes else { throw .unauthenticated(because: "a time out of range") }
        let now = clock.now.timeIntervalSince1970
        guard now < claims.exp + leeway else { throw .unauthenticated(because: "expired") }
        guard max(claims.iat, claims.nbf ?? claims.iat) <= now + leeway else {
            throw .unauthenticated(because: "not valid yet")
        }
        return claims.principal
    }
}
