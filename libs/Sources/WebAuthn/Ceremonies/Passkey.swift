public import Foundation

/// What is kept of a passkey: a credential record (WebAuthn level 3 §4).
public struct Passkey: Sendable, Hashable {
    /// Unique over all accounts: a store refuses one that is there already.
    public let id: Data
    /// A COSE key (RFC 9052 §7), as the authenticator wrote it.
    public let publicKey: Data
    /// 0 as long as the authenticator does not count.
    public var signatureCount: UInt32
    /// How a browser reaches it, for `PasskeyReference`. Any words: later browsers have more.
    public var transports: [String]
    /// Whether it can be on several devices. It stays as it is for good.
    public let isBackupEligible: Bool
    /// Whether it was on several devices, or in a backup, when it was last used.
    public var isBackedUp: Bool
    /// The model of the authenticator as it says itself, without proof: zero where it keeps that to itself.
    public let model: UUID
    /// Whether it is offered without its id being asked for. Nil where the browser does not know.
    public let isDiscoverable: Bool?

    /// From a store. Refuses nothing: a key that cannot be used is found out when it is used.
    public init(
        id: Data, publicKey: Data, signatureCount: UInt32, transports: [String], isBackupEligible: Bool,
        isBackedUp: Bool, model: UUID, isDiscoverable: Bool?
    ) {
        self.id = id
        self.publicKey = publicKey
        self.signatureCount = signatureCount
        self.transports = transports
        self.isBackupEligible = isBackupEligible
        self.isBackedUp = isBackedUp
        self.model = model
        self.isDiscoverable = isDiscoverable
    }

    /// Nil for a key that is none of those this library uses.
    public var algorithm: SignatureAlgorithm? { (try? COSEKey(publicKey))?.algorithm }

    /// For options that name it.
    public var reference: PasskeyReference { PasskeyReference(id: id, transports: transports) }
}
