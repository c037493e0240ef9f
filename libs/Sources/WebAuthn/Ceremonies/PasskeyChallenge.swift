internal import Encodings
public import Foundation

/// What an authenticator signs, to show that it answers now.
///
/// Whoever makes one keeps it, for minutes, bound to what it is for, and takes it away with its first use: a challenge that is
/// good twice lets an answer that was overheard be good twice.
public struct PasskeyChallenge: Sendable, Hashable {
    public let bytes: Data

    /// 32 bytes at random.
    public init() {
        var random = SystemRandomNumberGenerator()
        bytes = Data((0..<32).map { _ in random.next() as UInt8 })
    }

    /// Nil for less than 16 bytes (WebAuthn level 3 §13.4.3) and for more than 128.
    public init?(bytes: Data) {
        guard 16...128 ~= bytes.count else { return nil }
        self.bytes = Data(bytes)
    }

    /// As it travels: base64url without padding.
    public var text: String { Base64URL.encode(bytes) }
}
