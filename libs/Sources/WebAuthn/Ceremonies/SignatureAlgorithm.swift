/// What a passkey signs with, by its number at IANA (COSE algorithms).
public enum SignatureAlgorithm: Int, Sendable, Hashable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = -7
    /// EdDSA on Ed25519.
    case eddsa = -8
}
