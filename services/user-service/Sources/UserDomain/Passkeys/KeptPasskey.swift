public import DomainKit
public import Foundation
public import WebAuthn

public typealias PasskeyID = ID<KeptPasskey>

/// An account's passkey: what opens the account without its password, and counts as two factors.
public struct KeptPasskey: Sendable, Hashable {
    public static let mostPerUser = 20
    /// A challenge is good for so long, and once.
    public static let challengeLife = Duration.seconds(300)

    public let id: PasskeyID
    public let userID: UserID
    public var passkey: Passkey
    public let name: PasskeyName
    public let createdAt: Date
    /// When somebody last signed in with it.
    public var lastUsedAt: Date?

    public init(
        id: PasskeyID, userID: UserID, passkey: Passkey, name: PasskeyName, createdAt: Date, lastUsedAt: Date? = nil
    ) {
        self.id = id
        self.userID = userID
        self.passkey = passkey
        self.name = name
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }

    /// Whether it is on one device or copied to all of its owner's.
    public var method: AuthenticationMethod { passkey.isBackupEligible ? .softwareKey : .hardwareKey }
}

extension UserID {
    /// What passkeys know the account by.
    var handle: Data { withUnsafeBytes(of: uuid.uuid) { Data($0) } }
}

/// What its owner calls a passkey, under the platform's rule for names.
public struct PasskeyName: Sendable, Hashable, CustomStringConvertible {
    private static let rule = NameRule(longest: 80)

    public let description: String

    /// Fails: `too-long`, `blank`, `bad-character`.
    public init(_ text: String) throws(Violation) {
        description = try Self.rule.checked(text)
    }

    /// One that was checked before it was stored, by whatever rule there was then.
    public init(stored text: String) {
        description = text
    }

    /// For one that its owner has not named.
    init(ofModel model: UUID) {
        description = AuthenticatorNames.name(of: model) ?? "Passkey"
    }
}

/// The place in a list of passkeys, which is in the order of their ids, the newest first.
public struct PasskeyCursor: Sendable {
    public let id: PasskeyID

    public init(_ id: PasskeyID) {
        self.id = id
    }

    /// Fails: `invalidCursor`, for a cursor of another list.
    public init(_ cursor: Cursor) throws(Failure) {
        var parts = CursorParts(cursor)
        id = try parts.id()
        try parts.done()
    }

    public var cursor: Cursor { Cursor([id.description]) }
}
