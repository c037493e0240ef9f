import Crypto
public import Foundation
public import UserDomain

/// Refresh secrets that follow from each other by HMAC-SHA-256 under a key of the service.
public struct HMACRefreshSecrets: RefreshSecrets {
    private let key: SymmetricKey

    public init(_ key: KeyEncryptionKey) {
        self.key = key.derived(for: "refresh token successor")
    }

    public func first() -> Data {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0) }
    }

    public func successor(of secret: Data) -> Data {
        Data(HMAC<SHA256>.authenticationCode(for: secret, using: key))
    }

    public func digest(of secret: Data) -> Data {
        Data(SHA256.hash(data: secret))
    }
}
