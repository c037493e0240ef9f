import Crypto
public import DomainKit
import Foundation
public import IdentityEvents

/// Tells who holds an access token, locally: no call leaves the process for a token signed by a known key.
///
/// Accepted is one form only: a JWS of `alg: ES256` and `typ: at+jwt` (RFC 9068), signed by a key of the issuer's set,
/// with the expected `iss` and `aud`, and now between `nbf` and `exp`. Everything else is the same 401, whatever is
/// wrong with it. A good token is remembered (bounded) until it expires or a key goes, so the usual request pays a
/// SHA-256 and a look-up instead of an elliptic curve.
///
/// A token that holds may be void before its time: the table of what is void is asked at every use, remembered or not, so
/// that no route can forget to.
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
    private let revocations: RevocationTable

    public init(
        keys: any VerificationKeys, rules: Rules, revocations: RevocationTable,
        clock: any WallClock = SystemWallClock()
    ) {
        self.keys = keys
        self.rules = rules
        self.revocations = revocations
        self.clock = clock
        leeway = rules.leeway / .seconds(1)
        verified = VerifiedTokens(capacity: rules.cacheCapacity)
    }

    /// The holder of a token that was verified before and still counts; nil says nothing about the token. Never waits.
    public func remembered(_ token: String) -> Principal? {
        guard case .user(let principal)? = remembered(TokenDigest(token)), (try? check(principal)) != nil else {
            return nil
        }
        return principal
    }

    /// The person who holds `token`.
    ///
    /// Fails: unauthenticated, for a service's token too; `user.banned`; unavailable when the issuer's keys were never seen
    /// and cannot be fetched now, or when it is not known which tokens are void.
    public func verify(_ token: String) async throws(Failure) -> Principal {
        guard case .user(let principal) = try await holder(of: token) else {
            throw .unauthenticated(because: "a service's token")
        }
        try check(principal)
        return principal
    }

    /// The service that holds `token`, which it got for itself.
    ///
    /// Fails: unauthenticated, for a person's token too; unavailable as `verify` does.
    public func verifyService(_ token: String) async throws(Failure) -> ServicePrincipal {
        guard case .service(let service) = try await holder(of: token) else {
            throw .unauthenticated(because: "a person's token")
        }
        return service
    }

    /// Whether a token that was verified is still good, for what lives longer than one request.
    ///
    /// Fails: unauthenticated, `user.banned`; unavailable while it is not known which tokens are void.
    public func check(_ principal: Principal) throws(Failure) {
        guard revocations.isCurrent else { throw .unavailable("identity-events") }
        switch revocations.standing(of: principal.userID, session: principal.sessionID, epoch: principal.epoch) {
        case .good: break
        case .banned: throw .banned
        case .void: throw .unauthenticated(because: "void by an event")
        }
    }

    func holder(of token: String) async throws(Failure) -> TokenHolder {
        let digest = TokenDigest(token)
        if let holder = remembered(digest) { return holder }
        let generation = keys.generation
        let parts = try TokenParts(token)
        let key = try await key(parts.keyID)
        guard let signature = try? P256.Signing.ECDSASignature(rawRepresentation: parts.signature),
            key.isValidSignature(signature, for: parts.signed)
        else { throw .unauthenticated(because: "wrong signature") }
        let holder = try holder(by: parts.payload)
        verified.insert(VerifiedTokens.Entry(holder: holder, keyGeneration: generation), for: digest)
        return holder
    }

    private func remembered(_ digest: TokenDigest) -> TokenHolder? {
        guard let entry = verified.entry(for: digest) else { return nil }
        guard entry.keyGeneration == keys.generation, clock.now < entry.holder.expiresAt.addingTimeInterval(leeway)
        else {
            verified.remove(digest)
            return nil
        }
        return entry.holder
    }

    private func key(_ id: String) async throws(Failure) -> P256.Signing.PublicKey {
        if let key = keys.key(id) { return key }
        try await keys.lookAgain()
        guard let key = keys.key(id) else { throw .unauthenticated(because: "unknown key") }
        return key
    }

    private func holder(by payload: Data) throws(Failure) -> TokenHolder {
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
        guard let holder = claims.holder else { throw .unauthenticated(because: "of nobody we know of") }
        return holder
    }
}
