import Crypto
public import Foundation
public import UserDomain

/// Services' secrets under HMAC-SHA-256 with a key of this service: who has the database alone cannot even try some out. A
/// slow hash would add nothing to that, as a secret is random and long.
public struct HMACServiceSecrets: ServiceSecrets {
    private let key: SymmetricKey

    public init(_ key: KeyEncryptionKey) {
        self.key = key.derived(for: "service client secret")
    }

    public func digest(of secret: ServiceSecret, for client: ServiceClientID) -> ServiceSecretDigest {
        Data(HMAC<SHA256>.authenticationCode(for: Self.text(secret.text, client.description), using: key))
    }

    public func matches(_ claim: String, for client: String, _ digest: ServiceSecretDigest) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(digest, authenticating: Self.text(claim, client), using: key)
    }

    /// No name has a zero in it, so no two pairs have the same text.
    private static func text(_ secret: String, _ client: String) -> Data { Data("\(client)\0\(secret)".utf8) }
}
