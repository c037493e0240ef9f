internal import Crypto
public import Foundation

/// A key that seals, and the name it is known by in what it sealed.
public struct SealingKey: Sendable {
    /// 1 to 32 of `a-z`, `0-9` and `-`.
    public let id: String
    private let key: SymmetricKey

    /// Nil for an id of another form, and for anything but 32 bytes, which should be random.
    public init?(id: String, bytes: Data) {
        guard 1...32 ~= id.utf8.count, id.utf8.allSatisfy(Self.isOfIDs), bytes.count == 32 else { return nil }
        self.id = id
        key = SymmetricKey(data: bytes)
    }

    /// The key for one purpose (HKDF, RFC 5869): 2³² secrets may be sealed for each before nonces at random could meet.
    func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Data("sealed \(purpose)".utf8), outputByteCount: 32)
    }

    private static func isOfIDs(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
