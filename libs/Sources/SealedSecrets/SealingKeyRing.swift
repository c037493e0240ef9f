internal import Crypto
public import Foundation

/// Seals secrets for the time at rest (AES-256-GCM) under keys that can be changed without a day's rest.
///
/// The first key seals, every key opens. To rotate: put a new key first, start all replicas with it (where some still run
/// without it, put it second for one rollout: they must know it before it seals), seal again what
/// `isSealedByNewest` denies, and take the old key away when nothing is left.
///
/// The form: a byte 1, the length and the letters of the key's id, 12 bytes of nonce, the ciphertext, 16 bytes of tag. All
/// before the nonce, the purpose and the owner are authenticated. What is sealed is as long as the secret and says so.
public struct SealingKeyRing: Sendable {
    private let newest: SealingKey
    private let keys: [String: SealingKey]

    /// Nil without a key, and when two have one id.
    public init?(newestFirst keys: [SealingKey]) {
        guard let newest = keys.first, Set(keys.map(\.id)).count == keys.count else { return nil }
        self.newest = newest
        self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.id, $0) })
    }

    /// Keys as a setting has them, the newest first: `2026-11:<base64 of 32 bytes> 2026-05:<...>`, spaces or line ends
    /// between them. One without an id is the key `default`: a setting that was one key may stay as it is until there is a
    /// second. The error says which of them is wrong and shows no key.
    public init(setting text: String) throws(UnusableKeyRing) {
        var keys: [SealingKey] = []
        for (index, word) in text.split(whereSeparator: \.isWhitespace).enumerated() {
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let bytes = Data(base64Encoded: String(parts[parts.count - 1])),
                let key = SealingKey(id: parts.count == 2 ? String(parts[0]) : "default", bytes: bytes)
            else { throw UnusableKeyRing("key \(index + 1) is not ID:BASE64 of 32 bytes") }
            keys.append(key)
        }
        guard let ring = SealingKeyRing(newestFirst: keys) else {
            throw UnusableKeyRing(keys.isEmpty ? "there is no key" : "two keys have the same id")
        }
        self = ring
    }

    /// Two seals of one secret differ: each has a nonce of its own.
    public func seal(_ secret: Data, in place: SealedPlace) throws -> Data {
        let head = Self.head(of: newest.id)
        let box = try AES.GCM.seal(
            secret, using: newest.derived(for: place.purpose), authenticating: Self.context(head, place))
        return head + Data(box.nonce) + box.ciphertext + box.tag
    }

    /// Fails: `CannotOpen` for anything that a key of this ring did not seal in this very place.
    public func open(_ sealed: Data, in place: SealedPlace) throws(CannotOpen) -> Data {
        guard let id = Self.keyID(of: sealed) else { throw .notSealed }
        guard let key = keys[id] else { throw .unknownKey(id) }
        let head = Self.head(of: id)
        guard let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst(head.count)) else { throw .notSealed }
        do {
            return try AES.GCM.open(
                box, using: key.derived(for: place.purpose), authenticating: Self.context(head, place))
        } catch {
            throw .wrongPlaceOrDamaged
        }
    }

    /// False for what should be sealed again, and for what nobody sealed.
    public func isSealedByNewest(_ sealed: Data) -> Bool { Self.keyID(of: sealed) == newest.id }

    private static func head(of id: String) -> Data { Data([1, UInt8(id.utf8.count)] + id.utf8) }

    private static func keyID(of sealed: Data) -> String? {
        let bytes = [UInt8](sealed.prefix(34))
        guard bytes.count >= 2, bytes[0] == 1, 1...32 ~= bytes[1], bytes.count >= 2 + Int(bytes[1]) else { return nil }
        return String(validating: bytes[2..<2 + Int(bytes[1])], as: UTF8.self)
    }

    /// With the lengths, so that no two places read the same.
    private static func context(_ head: Data, _ place: SealedPlace) -> Data {
        [head, Data(place.purpose.utf8), Data(place.owner.utf8)].reduce(into: Data()) { context, part in
            context.append(contentsOf: withUnsafeBytes(of: UInt64(part.count).bigEndian, Array.init))
            context.append(part)
        }
    }
}

/// Why a sealed secret stays closed.
public enum CannotOpen: Error, Hashable {
    /// Nothing that `seal` makes.
    case notSealed
    /// Its key is not in the ring: taken away too early, or a setting of another platform.
    case unknownKey(String)
    /// It was changed, or sealed for another purpose or owner, or the key of that id was another one.
    case wrongPlaceOrDamaged
}

/// A setting that is no key ring.
public struct UnusableKeyRing: Error, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
