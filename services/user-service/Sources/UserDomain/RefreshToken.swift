public import DomainKit
import Encodings
public import Foundation

/// The secret with which a session gets new access tokens: once, and again for a while.
///
/// Opaque to clients. Each token names its session and its place in the session's chain: the secret of the next one
/// follows from this one's by a keyed hash (`RefreshSecrets`), so every replica makes the same successor and nothing
/// but the digest of the newest is stored.
public struct RefreshToken: Sendable, Hashable {
    public let session: SessionID
    /// 0 for the one given at sign-in.
    public let generation: UInt32
    /// 256 bit.
    public let secret: Data

    public init(session: SessionID, generation: UInt32, secret: Data) {
        self.session = session
        self.generation = generation
        self.secret = secret
    }
}

extension RefreshToken: LosslessStringConvertible {
    /// Starts every refresh token, so that scanners for leaked secrets can know one.
    private static let mark = "hrt_"
    private static let length = 16 + 4 + 32

    /// Accepts only what `description` writes.
    public init?(_ text: String) {
        guard text.utf8.count == 74, text.hasPrefix(Self.mark),
            let bytes = Base64URL.decode(text.dropFirst(Self.mark.count)), bytes.count == Self.length
        else { return nil }
        session = SessionID(bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) })
        generation = bytes.dropFirst(16).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        secret = Data(bytes.suffix(32))
    }

    public var description: String {
        var bytes = withUnsafeBytes(of: session.uuid.uuid) { Data($0) }
        withUnsafeBytes(of: generation.bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(secret)
        return Self.mark + Base64URL.encode(bytes)
    }
}
