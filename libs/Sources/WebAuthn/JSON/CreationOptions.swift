internal import Encodings
public import Foundation

/// A `PublicKeyCredentialCreationOptionsJSON`. Encoded, it is what `parseCreationOptionsFromJSON` takes.
public struct CreationOptions: Sendable, Encodable {
    let rp: Party
    let user: PasskeyUser
    let challenge: String
    let pubKeyCredParams: [Parameter]
    let timeout: Int
    let excludeCredentials: [PasskeyReference]
    let authenticatorSelection: Selection
    let attestation = "none"
    let extensions = Extensions()

    struct Party: Sendable, Encodable {
        let id: String
        let name: String
    }

    struct Parameter: Sendable, Encodable {
        let type = "public-key"
        let alg: Int
    }

    struct Selection: Sendable, Encodable {
        let residentKey = "required"
        /// The same for browsers of level 1.
        let requireResidentKey = true
        let userVerification: RelyingParty.UserVerification
    }

    struct Extensions: Sendable, Encodable {
        /// Asks whether the passkey became discoverable.
        let credProps = true
    }
}

/// Whose a new passkey is.
public struct PasskeyUser: Sendable, Hashable, Encodable {
    /// What passkeys know the account by: never shown, and nothing personal in it (level 3 §14.6.1).
    public let handle: Data
    /// Tells accounts apart in the browser's list: an address.
    public let name: String
    /// How the person wants to be called.
    public let displayName: String

    /// - Parameter handle: 1 to 64 bytes.
    public init?(handle: Data, name: String, displayName: String) {
        guard 1...64 ~= handle.count else { return nil }
        self.handle = handle
        self.name = name
        self.displayName = displayName
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: AnyName.self)
        try members.encode(Base64URL.encode(handle), forKey: "id")
        try members.encode(name, forKey: "name")
        try members.encode(displayName, forKey: "displayName")
    }
}

/// A passkey by its id, and how to reach it.
public struct PasskeyReference: Sendable, Hashable, Encodable {
    public let id: Data
    public let transports: [String]

    public init(id: Data, transports: [String] = []) {
        self.id = id
        self.transports = transports
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: AnyName.self)
        try members.encode("public-key", forKey: "type")
        try members.encode(Base64URL.encode(id), forKey: "id")
        // An empty list would say that there is no way.
        if !transports.isEmpty { try members.encode(transports, forKey: "transports") }
    }
}
