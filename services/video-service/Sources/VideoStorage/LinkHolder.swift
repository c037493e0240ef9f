public import Crypto
public import DomainKit
import Encodings
public import Foundation
public import VideoDomain

/// Whom a playback link was made for: what may be told to have ended before the link does.
public struct LinkHolder: Sendable, Hashable {
    public var userID: UserID
    public var sessionID: UUID?
    public var epoch: Int64
    /// Made for a video that is taken down or reported: to somebody who decides about it.
    public var isReview: Bool

    public init(userID: UserID, sessionID: UUID?, epoch: Int64, isReview: Bool = false) {
        self.userID = userID
        self.sessionID = sessionID
        self.epoch = epoch
        self.isReview = isReview
    }

    public init(_ viewer: Viewer, as sight: Sight) {
        self.init(
            userID: viewer.id, sessionID: viewer.sessionID, epoch: viewer.epoch, isReview: sight == .review)
    }
}

/// Writes holders into links and reads them back, sealed (AES-GCM): links are passed on, and who gets one shall not read
/// in it whose it was.
public struct LinkHolderSeal: Sendable {
    private let key: SymmetricKey

    /// A key of its own is derived from `secret`, which signs the links.
    public init(secret: SymmetricKey) {
        key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Data("playback link holder".utf8), outputByteCount: 32)
    }

    public func text(of holder: LinkHolder) throws -> String {
        let box = try AES.GCM.seal(holder.bytes, using: key)
        return Base64URL.encode(Data(box.nonce) + box.ciphertext + box.tag)
    }

    /// Nil for what was not sealed with the same secret.
    public func holder(in text: String) -> LinkHolder? {
        guard let sealed = Base64URL.decode(text), let box = try? AES.GCM.SealedBox(combined: sealed),
            let bytes = try? AES.GCM.open(box, using: key)
        else { return nil }
        return LinkHolder(bytes: bytes)
    }
}

extension LinkHolder {
    /// As it stands in what is sealed.
    var bytes: Data {
        var bytes = Data(userID.uuid.bytes)
        withUnsafeBytes(of: epoch.bigEndian) { bytes.append(contentsOf: $0) }
        if let sessionID { bytes.append(contentsOf: sessionID.bytes) }
        if isReview { bytes.append(1) }
        return bytes
    }

    /// Nil unless it can be one.
    init?(bytes: Data) {
        guard [24, 25, 40, 41].contains(bytes.count), let user = UUID(bytes: bytes.prefix(16)) else { return nil }
        let epoch = bytes.dropFirst(16).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(
            userID: UserID(user), sessionID: UUID(bytes: bytes.dropFirst(24).prefix(16)),
            epoch: Int64(bitPattern: epoch), isReview: bytes.count % 8 == 1)
    }
}

extension UUID {
    var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

    /// Nil unless there are 16.
    init?(bytes: Data) {
        guard bytes.count == 16 else { return nil }
        self = bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
