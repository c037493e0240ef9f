public import Foundation

/// A service that gets tokens for itself.
public struct ServiceClient: Sendable, Hashable {
    /// A new secret and the former one: services get the new one while the old one still counts.
    public static let mostSecrets = 2

    public let id: ServiceClientID
    public let scopes: Set<ServiceScope>
    /// What its secrets that count now are known by.
    public let secrets: [ServiceSecretDigest]
    /// The store's time at which all this was so.
    public let now: Date

    public init(id: ServiceClientID, scopes: Set<ServiceScope>, secrets: [ServiceSecretDigest], now: Date) {
        self.id = id
        self.scopes = scopes
        self.secrets = secrets
        self.now = now
    }
}

/// What a service's token can be good for.
public enum ServiceScope: String, Sendable, Hashable, CaseIterable {
    case identityEvents = "identity:events"
    case decide = "authz:decide"
    case readUsers = "users:read"
}

/// A service's name: 1 to 64 of `a-z 0-9 - _ .`, and no UUID, as the `sub` of a person's token is one.
public struct ServiceClientID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init?(_ text: String) {
        let isName = (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(Self.isAllowed)
        guard isName, UUID(uuidString: text) == nil else { return nil }
        description = text
    }

    public init(stored text: String) {
        description = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_.".utf8.contains(byte)
        }
    }
}

/// A service's secret: 32 to 128 of the characters that no encoding changes (RFC 3986 §2.3), so that it is the same in a
/// form, in Basic credentials and in a file. Made at random: nobody could stretch one that a person made up.
public struct ServiceSecret: Sendable, Hashable {
    public let text: String

    public init?(_ text: String) {
        guard (32...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isUnreserved) else { return nil }
        self.text = text
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(byte)
        }
    }
}
