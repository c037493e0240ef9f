package import Crypto
package import Foundation

/// A public key as authenticators write it (RFC 9052 §7, RFC 9053 §7).
///
/// The members that WebAuthn level 3 §6.5.1.1 asks for and no other: type, algorithm, curve, coordinates.
package enum COSEKey: Sendable {
    case es256(P256.Signing.PublicKey)
    case eddsa(Curve25519.Signing.PublicKey)

    /// Fails: `unsupportedKey` for another algorithm, type, curve or form, a point that is not on the curve, and what is no
    /// CBOR.
    package init(_ bytes: Data) throws(CeremonyFailure) {
        guard let item = try? CBORReader.item(bytes), case .map(let entries) = item else { throw .unsupportedKey }
        let names = entries.map { $0.key.integer }
        let numbers = entries.prefix(3).map { $0.value.integer }
        let coordinates = entries.dropFirst(3).compactMap { entry -> Data? in
            guard case .bytes(let bytes) = entry.value, bytes.count == 32 else { return nil }
            return bytes
        }
        // Keys are in their one order: 1 type, 3 algorithm, -1 curve, -2 and -3 coordinates.
        switch (names, numbers, coordinates.count) {
        case ([1, 3, -1, -2, -3], [2, SignatureAlgorithm.es256.rawValue, 1], 2):
            let point = Data([4]) + coordinates[0] + coordinates[1]
            guard let key = try? P256.Signing.PublicKey(x963Representation: point) else { throw .unsupportedKey }
            self = .es256(key)
        case ([1, 3, -1, -2], [1, SignatureAlgorithm.eddsa.rawValue, 6], 1):
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: coordinates[0]) else {
                throw .unsupportedKey
            }
            self = .eddsa(key)
        default: throw .unsupportedKey
        }
    }

    package var algorithm: SignatureAlgorithm {
        switch self {
        case .es256: .es256
        case .eddsa: .eddsa
        }
    }

    /// In the form of certificates (RFC 5480, RFC 8410), as browsers show it to pages.
    package var subjectPublicKeyInfo: Data {
        switch self {
        case .es256(let key): key.derRepresentation
        case .eddsa(let key): Data([0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0]) + key.rawRepresentation
        }
    }

    /// - Parameter signature: in DER for ES256, 64 bytes for EdDSA (level 3 §6.5.5).
    package func isSignature(_ signature: Data, over bytes: Data) -> Bool {
        switch self {
        case .es256(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: bytes)
        case .eddsa(let key): return key.isValidSignature(signature, for: bytes)
        }
    }
}
