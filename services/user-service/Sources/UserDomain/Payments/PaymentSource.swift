public import Foundation

/// A payment provider, by the name it has here: what it tells comes to an address with that name, and memberships it gives
/// have it as their source. 1 to 32 of `a-z 0-9 -`, a letter first.
public struct PaymentSource: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init?(_ text: String) {
        guard (1...32).contains(text.utf8.count), text.utf8.first.map(Self.isLetter) == true,
            text.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        description = text
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
    }
}

/// What a provider signs with, in the form in which such secrets are handed over (Standard Webhooks 1.0.0, "Signature
/// scheme"): `whsec_` and 24 to 64 bytes in base64.
public struct WebhookSecret: Sendable, Hashable {
    public let bytes: Data

    public init?(_ text: String) {
        let prefix = "whsec_"
        guard text.hasPrefix(prefix), let bytes = Data(base64Encoded: String(text.dropFirst(prefix.count))),
            (24...64).contains(bytes.count)
        else { return nil }
        self.bytes = bytes
    }
}
