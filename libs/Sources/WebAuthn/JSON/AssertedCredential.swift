internal import Encodings
public import Foundation

/// What a browser sends after `navigator.credentials.get()`: `PublicKeyCredential.toJSON()`, an `AuthenticationResponseJSON`.
///
/// Nothing in it is believed before `RelyingParty.verify` has looked at it. Decoding refuses members of another form, and
/// passes over members it does not know.
public struct AssertedCredential: Sendable, Decodable {
    let id: String
    /// Which passkey it says it is: what it is found by in a store.
    public let rawID: Data
    let clientDataJSON: Data
    let authenticatorData: Data
    let signature: Data
    /// Whose passkey it says it is: always there where the browser chose it.
    public let userHandle: Data?

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: AnyName.self)
        _ = try members.decode(CredentialType.self, forKey: "type")
        _ = try members.decodeIfPresent(String.self, forKey: "authenticatorAttachment")
        id = try members.decode(String.self, forKey: "id")
        rawID = try members.decode(EncodedBytes.self, forKey: "rawId").bytes
        _ = try members.decode(Extensions.self, forKey: "clientExtensionResults")
        let response = try members.decode(Response.self, forKey: "response")
        clientDataJSON = response.clientDataJSON
        authenticatorData = response.authenticatorData
        signature = response.signature
        userHandle = response.userHandle
    }

    /// The challenge that it says it answers, for finding one's own by it. Nothing is checked yet.
    public var claimedChallenge: PasskeyChallenge? { PasskeyChallenge(claimedIn: clientDataJSON) }

    private struct Response: Decodable {
        let clientDataJSON: Data
        let authenticatorData: Data
        let signature: Data
        let userHandle: Data?

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: AnyName.self)
            clientDataJSON = try members.decode(EncodedBytes.self, forKey: "clientDataJSON").bytes
            authenticatorData = try members.decode(EncodedBytes.self, forKey: "authenticatorData").bytes
            signature = try members.decode(EncodedBytes.self, forKey: "signature").bytes
            userHandle = try members.decodeIfPresent(EncodedBytes.self, forKey: "userHandle")?.bytes
        }
    }

    /// An object, whatever is in it.
    private struct Extensions: Decodable {
        init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: AnyName.self) }
    }
}

extension PasskeyChallenge {
    init?(claimedIn clientDataJSON: Data) {
        guard let data = try? ClientData(clientDataJSON), let bytes = Base64URL.decode(data.challenge) else {
            return nil
        }
        self.init(bytes: bytes)
    }
}
