import Encodings
import Foundation
import WebAuthn

/// The JSON form of a credential in parts, each of which a test may change before it is put together.
struct Answer {
    var id: Data
    var textID: String?
    var type = "public-key"
    var clientDataJSON: Data
    var authenticatorData: Data?
    var attestationObject: Data?
    var publicKey: Data?
    var publicKeyAlgorithm: Int?
    var signature: Data?
    var userHandle: Data?

    init(id: Data, clientDataJSON: Data, authenticatorData: Data, _ fill: (inout Answer) -> Void = { _ in }) {
        self.id = id
        self.clientDataJSON = clientDataJSON
        self.authenticatorData = authenticatorData
        fill(&self)
    }

    var members: [String: Any] {
        var response: [String: Any] = ["clientDataJSON": Base64URL.encode(clientDataJSON)]
        let bytes = [
            "authenticatorData": authenticatorData, "attestationObject": attestationObject, "publicKey": publicKey,
            "signature": signature, "userHandle": userHandle,
        ]
        for (name, value) in bytes { response[name] = value.map { Base64URL.encode($0) } }
        if let publicKeyAlgorithm { response["publicKeyAlgorithm"] = publicKeyAlgorithm }
        if attestationObject != nil { response["transports"] = ["internal", "hybrid"] }
        return [
            "id": textID ?? Base64URL.encode(id), "rawId": Base64URL.encode(id), "type": type, "response": response,
            "authenticatorAttachment": "platform", "clientExtensionResults": ["credProps": ["rk": true]],
        ]
    }

    func json() throws -> Data { try JSONSerialization.data(withJSONObject: members) }

    func created() throws -> CreatedCredential { try JSONDecoder().decode(CreatedCredential.self, from: json()) }

    func asserted() throws -> AssertedCredential { try JSONDecoder().decode(AssertedCredential.self, from: json()) }
}
