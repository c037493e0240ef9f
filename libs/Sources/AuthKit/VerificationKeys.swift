public import Crypto
public import DomainKit

/// Where a `TokenVerifier` finds the public keys of the issuer.
public protocol VerificationKeys: Sendable {
    /// Changes whenever a key that once verified tokens is no longer there, so that tokens remembered as good are
    /// looked at again. Read on every request.
    var generation: Int { get }

    /// The key of that `kid` as known now; nil when there is none. Never waits.
    func key(_ id: String) -> P256.Signing.PublicKey?

    /// Looks for keys that are newer than what is known, at most once in a while; concurrent callers share one look.
    ///
    /// Fails: unavailable, when no key has ever been seen and the issuer cannot be reached.
    func lookAgain() async throws(Failure)
}
