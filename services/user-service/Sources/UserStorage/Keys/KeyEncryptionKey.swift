import Crypto
public import Foundation
import SealedSecrets

/// The one secret from outside under which all others of the service stand.
///
/// It seals private keys, and gives keys for other uses that cannot be traced back to it or to each other.
public struct KeyEncryptionKey: Sendable {
    /// A sealed value that this key did not seal, or not under that name.
    public struct CannotOpen: Error, CustomStringConvertible {
        public let name: String
        public var description: String { "KEY_ENCRYPTION_KEY does not open \(name)" }
    }

    private let key: SymmetricKey
    /// For what is sealed by purpose and owner.
    let ring: SealingKeyRing

    /// Nil for anything but 32 octets.
    public init?(bytes: Data) {
        guard bytes.count == 32, let ring = try? SealingKeyRing(setting: bytes.base64EncodedString()) else {
            return nil
        }
        key = SymmetricKey(data: bytes)
        self.ring = ring
    }

    /// AES-256-GCM. `name` is authenticated, so that a sealed value cannot be put in another's place.
    func seal(_ secret: Data, as name: String) throws -> Data {
        let box = try AES.GCM.seal(secret, using: derived(for: "seal"), authenticating: Data(name.utf8))
        return Data(box.nonce) + box.ciphertext + box.tag
    }

    func open(_ sealed: Data, as name: String) throws(CannotOpen) -> Data {
        do {
            return try AES.GCM.open(
                AES.GCM.SealedBox(combined: sealed), using: derived(for: "seal"), authenticating: Data(name.utf8))
        } catch {
            throw CannotOpen(name: name)
        }
    }

    /// A key for one use (HKDF, RFC 5869).
    func derived(for use: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key, info: Data("hiroba user-service \(use)".utf8), outputByteCount: 32)
    }
}
