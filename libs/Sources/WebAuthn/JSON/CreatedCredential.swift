public import Foundation

/// What a browser sends after `navigator.credentials.create()`: `PublicKeyCredential.toJSON()`, a `RegistrationResponseJSON`.
///
/// Nothing in it is believed before `RelyingParty.register` has looked at it. Decoding refuses members of another form, and
/// passes over members it does not know.
public struct CreatedCredential: Sendable, Decodable {
    let id: String
    /// The passkey's id, as the browser says.
    public let rawID: Data
    let clientDataJSON: Data
    let attestationObject: Data
    /// How the browser reached it.
    public let transports: [String]
    /// By the extension `credProps`: whether the passkey is offered without being asked for by its id.
    public let isDiscoverable: Bool?
    let copies: Copies

    /// Parts of the attestation object that browsers of level 3 take out for pages without CBOR.
    struct Copies: Sendable {
        let authenticatorData: Data?
        let publicKey: Data?
        let publicKeyAlgorithm: Int?
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: AnyName.self)
        _ = try members.decode(CredentialType.self, forKey: "type")
        _ = try members.decodeIfPresent(String.self, forKey: "authenticatorAttachment")
        id = try members.decode(String.self, forKey: "id")
        rawID = try members.decode(EncodedBytes.self, forKey: "rawId").bytes
        isDiscoverable = try members.decode(Extensions.self, forKey: "clientExtensionResults").isDiscoverable
        let response = try members.decode(Response.self, forKey: "response")
        clientDataJSON = response.clientDataJSON
        attestationObject = response.attestationObject
        transports = response.transports
        copies = response.copies
    }

    /// The challenge that it says it answers, for finding one's own by it. Nothing is checked yet.
    public var claimedChallenge: PasskeyChallenge? { PasskeyChallenge(claimedIn: clientDataJSON) }

    private struct Response: Decodable {
        let clientDataJSON: Data
        let attestationObject: Data
        let transports: [String]
        let copies: Copies

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: AnyName.self)
            clientDataJSON = try members.decode(EncodedBytes.self, forKey: "clientDataJSON").bytes
            attestationObject = try members.decode(EncodedBytes.self, forKey: "attestationObject").bytes
            transports = try members.decodeIfPresent(Words.self, forKey: "transports")?.words ?? []
            copies = Copies(
                authenticatorData: try members.decodeIfPresent(EncodedBytes.self, forKey: "authenticatorData")?.bytes,
                publicKey: try members.decodeIfPresent(EncodedBytes.self, forKey: "publicKey")?.bytes,
                publicKeyAlgorithm: try members.decodeIfPresent(Int.self, forKey: "publicKeyAlgorithm"))
        }
    }

    /// What extensions answered, of which one is known here.
    private struct Extensions: Decodable {
        let isDiscoverable: Bool?

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: AnyName.self)
            isDiscoverable = try members.decodeIfPresent(Properties.self, forKey: "credProps")?.isDiscoverable
        }
    }

    private struct Properties: Decodable {
        let isDiscoverable: Bool?

        init(from decoder: any Decoder) throws {
            isDiscoverable = try decoder.container(keyedBy: AnyName.self).decodeIfPresent(Bool.self, forKey: "rk")
        }
    }
}
